import {
  autograd,
  manualSeed,
  ones,
  rand,
  randn,
  record,
  tensor,
  useBackend,
  zeros,
  type Tensor,
} from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { binaryCrossEntropyWithLogits } from './binary-cross-entropy-with-logits.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';

beforeAll(() => useBackend(reference()));
beforeEach(() => void manualSeed(0));

const reductions = ['mean', 'sum', 'none'] as const;
/** Probabilities in [0.1, 0.9], or logits. */
const leaf = (shape: number[], kind: 'probabilities' | 'logits'): Tensor => {
  const x = kind === 'logits' ? randn(shape, { dtype: 'float64' }) : rand(shape, { dtype: 'float64' });
  return (kind === 'logits' ? x : x.mul(0.8).add(0.1)).detach().requiresGrad_();
};

describe('gradients are those of the formula, and so are the second derivatives', () => {
  test.each(reductions)('of probabilities, targets and weights: %s', (reduction) => {
    for (const shape of [[2, 3], [1, 3], []]) {
      const inputs = [leaf([2, 3], 'probabilities'), leaf([2, 3], 'probabilities'), leaf(shape, 'logits')];
      const loss = (x: Tensor, t: Tensor, weight: Tensor): Tensor => binaryCrossEntropy(x, t, { reduction, weight });
      expect(autograd.gradcheck(loss, inputs)).toBe(true);
      expect(autograd.gradgradcheck(loss, inputs)).toBe(true);
    }
  });

  test.each(reductions)('of logits, targets and both weights: %s', (reduction) => {
    for (const shape of [[2, 3], [3], []]) {
      const inputs = [
        leaf([2, 3], 'logits'),
        leaf([2, 3], 'probabilities'),
        leaf(shape, 'logits'),
        leaf([3], 'logits'),
      ];
      const loss = (x: Tensor, t: Tensor, weight: Tensor, posWeight: Tensor): Tensor =>
        binaryCrossEntropyWithLogits(x, t, { reduction, weight, posWeight });
      expect(autograd.gradcheck(loss, inputs)).toBe(true);
      expect(autograd.gradgradcheck(loss, inputs)).toBe(true);
    }
  });

  test('one kernel forward and one backward, besides the reduction', () => {
    const [t, g, weight] = [rand([4, 3]), ones([4, 3]), rand([3])];
    for (const loss of [binaryCrossEntropy, binaryCrossEntropyWithLogits]) {
      const x = rand([4, 3], { requiresGrad: true });
      const { programs } = record(() => loss(x, t, { weight, reduction: 'none' }).backward(g));
      expect(programs.map(({ kind }) => kind)).toEqual(['loop', 'loop']);
    }
  });
});

describe('of logits', () => {
  test('is that of their probabilities', () => {
    const property = fc.property(fc.integer(), fc.boolean(), (seed, isPositive) => {
      manualSeed(seed);
      const [x, t] = [randn([5], { dtype: 'float64' }).mul(3), rand([5], { dtype: 'float64' })];
      const weight = rand([5], { dtype: 'float64' });
      const posWeight = isPositive ? rand([5], { dtype: 'float64' }) : undefined;
      const p = x.sigmoid();
      const yes = p
        .log()
        .mul(t)
        .mul(posWeight ?? 1);
      const plain = yes.add(p.neg().log1p().mul(t.neg().add(1))).mul(weight).neg(); // prettier-ignore
      const loss = binaryCrossEntropyWithLogits(x, t, { weight, posWeight, reduction: 'none' });
      expect(loss.sub(plain).abs().max().itemSync()).toBeLessThan(1e-9);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test.each([1e4, -1e4])('stays finite at %d, and so do the gradients, the second too', (big) => {
    for (const posWeight of [undefined, tensor(3)]) {
      const x = tensor([big, big, big], { requiresGrad: true });
      const t = tensor([0, 0.5, 1], { requiresGrad: true });
      const loss = binaryCrossEntropyWithLogits(x, t, { posWeight, reduction: 'sum' });
      expect(loss.itemSync()).toBe(1.5 * 1e4 * (big < 0 && posWeight ? 3 : 1));
      const grads = autograd.grad([loss], [x, t], { createGraph: true });
      const total = grads.map((g) => (g as Tensor).square().sum()).reduce((a, b) => a.add(b));
      const seconds = autograd.grad([total], [x, t], { allowUnused: true });
      for (const g of [...grads, ...seconds]) expect(g?.isfinite().all().itemSync() ?? 1).toBe(1);
    }
  });

  test('a small loss is not rounded away, nor its gradient', () => {
    const x = tensor([-30, 30], { requiresGrad: true });
    const loss = binaryCrossEntropyWithLogits(x, tensor([0, 1]), { reduction: 'none' });
    loss.backward(ones([2]));
    const small = Math.exp(-30);
    for (const found of loss.dataSync()) expect(found / small).toBeCloseTo(1, 5);
    expect((x.grad?.dataSync()[0] ?? 0) / small).toBeCloseTo(1, 5);
    expect((x.grad?.dataSync()[1] ?? 0) / -small).toBeCloseTo(1, 5);
  });

  test('dtypes of floats are promoted', () => {
    expect(binaryCrossEntropyWithLogits(ones([2]), ones([2], { dtype: 'float64' })).dtype).toBe('float64');
  });
});

test('a certain mistake costs 100, and has a gradient', () => {
  const x = tensor([0, 1], { requiresGrad: true });
  const loss = binaryCrossEntropy(x, tensor([1, 0]), { reduction: 'none' });
  expect(loss.toArraySync()).toEqual([100, 100]);
  loss.backward(ones([2]));
  expect(x.grad?.dataSync().every(Number.isFinite)).toBe(true);
});

test('refuses what is no probability, naming it', () => {
  const cure = 'Probabilities lie in [0, 1]: apply `sigmoid()` first, or use binaryCrossEntropyWithLogits.';
  const loss = (x: Tensor): Tensor => binaryCrossEntropy(x, zeros(x.shape));
  expect(() => loss(tensor([[0.5, 1], [0, 1.5]]))).toThrow(`binaryCrossEntropy: the input is 1.5 at position [1, 1]. ${cure}`); // prettier-ignore
  expect(() => loss(tensor([0.5, -2]))).toThrow(`binaryCrossEntropy: the input is -2 at position 1. ${cure}`);
  expect(() => loss(tensor(NaN))).toThrow(`binaryCrossEntropy: the input is NaN. ${cure}`);
});

test('refuses what does not fit', () => {
  for (const loss of [binaryCrossEntropy, binaryCrossEntropyWithLogits]) {
    const { name } = loss;
    expect(() => loss(ones([2, 1]), ones([2]))).toThrow(
      `${name}: the input has shape [2, 1], the target [2]. They must be equal: reshape one of them.`,
    );
    expect(() => loss(ones([2]), ones([2], { dtype: 'int32' }))).toThrow(
      `${name}: the input is float32, the target int32. Both must be floats: convert with \`.to('float32')\`.`,
    );
    expect(() => loss(ones([2]), ones([2]), { weight: ones([3]) })).toThrow(
      `${name}: the weight has shape [3], the input [2]. It must broadcast to the shape of the input.`,
    );
    expect(() => loss(ones([2]), ones([2]), { reduction: 'max' as 'sum' })).toThrow(
      `${name}: there is no reduction "max". Use 'mean', 'sum' or 'none'.`,
    );
  }
  expect(() => binaryCrossEntropy(ones([2]), ones([2], { dtype: 'float64' }))).toThrow(
    "binaryCrossEntropy: the input is float32, the target float64. They must be equal: convert with `.to('float32')`.",
  );
  expect(() => binaryCrossEntropyWithLogits(ones([2]), ones([2]), { posWeight: ones([1, 2]) })).toThrow(
    'binaryCrossEntropyWithLogits: the posWeight has shape [1, 2], the input [2]. It must broadcast to the shape of the input.',
  );
});
