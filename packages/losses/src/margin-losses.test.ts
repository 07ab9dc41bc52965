// Losses of single scores, of classes and of counts: what each refuses, and that its gradients are those of its formula.

import { autograd, manualSeed, noGrad, ones, rand, randn, record, tensor, useBackend, zeros, type Tensor } from '@rushlight/core'; // prettier-ignore
import { checked, reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { binaryCrossEntropyWithLogits } from './binary-cross-entropy-with-logits.ts';
import { gaussianNllLoss } from './gaussian-nll-loss.ts';
import { hingeEmbeddingLoss } from './hinge-embedding-loss.ts';
import { marginRankingLoss } from './margin-ranking-loss.ts';
import { multiMarginLoss } from './multi-margin-loss.ts';
import { multilabelMarginLoss } from './multilabel-margin-loss.ts';
import { multilabelSoftMarginLoss } from './multilabel-soft-margin-loss.ts';
import { poissonNllLoss } from './poisson-nll-loss.ts';
import type { Reduction } from './reduction.ts';
import { softMarginLoss } from './soft-margin-loss.ts';

beforeEach(async () => {
  await useBackend(checked(reference()));
  manualSeed(0);
});

const reductions: Reduction[] = ['mean', 'sum', 'none'];
const wide = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
const ints = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });
const numbers = (x: Tensor | null | undefined): number[] => [...(x as Tensor).dataSync()];

describe('gradients, and the second ones, are those of the formula:', () => {
  const signs = (): Tensor => tensor([[1, -1, 1], [-1, 1, 1]], { dtype: 'float64' }); // prettier-ignore
  type Loss = (x: Tensor, reduction: Reduction) => Tensor;
  const losses: [string, Loss][] = [
    ['softMarginLoss', (x, reduction) => softMarginLoss(x, signs(), { reduction })],
    ['hingeEmbeddingLoss', (x, reduction) => hingeEmbeddingLoss(x.square(), signs(), { margin: 1.5, reduction })],
    [
      'multilabelSoftMarginLoss',
      (x, reduction) => multilabelSoftMarginLoss(x, signs().sigmoid(), { weight: tensor([1, 2, 0.5]), reduction }),
    ],
    ['multiMarginLoss', (x, reduction) => multiMarginLoss(x, ints([2, 0]), { p: 2, margin: 0.7, reduction })],
    ['multilabelMarginLoss', (x, reduction) => multilabelMarginLoss(x, ints([[2, 0, -1], [1, -1, 0]]), { reduction })],
    ['poissonNllLoss', (x, reduction) => poissonNllLoss(x, x.exp().add(1), { full: true, reduction })],
    ['poissonNllLoss of rates', (x, reduction) => poissonNllLoss(x.exp(), signs().exp(), { logInput: false, eps: 0.1, reduction })],
    ['gaussianNllLoss', (x, reduction) => gaussianNllLoss(x, signs(), x.exp(), { full: true, reduction })],
  ]; // prettier-ignore
  test.each(losses)('%s', (_, loss) => {
    for (const reduction of reductions) {
      expect(autograd.gradcheck((x) => loss(x, reduction), [wide(2, 3)])).toBe(true);
      expect(autograd.gradgradcheck((x) => loss(x.square(), reduction), [wide(2, 3)])).toBe(true);
    }
  });

  test('marginRankingLoss', () => {
    for (const reduction of reductions) {
      const loss = (a: Tensor, b: Tensor, t: Tensor): Tensor => marginRankingLoss(a, b, t, { margin: 0.3, reduction });
      const inputs = [wide(2, 3), wide(1, 3), wide(2, 1)];
      expect(autograd.gradcheck(loss, inputs)).toBe(true);
      expect(autograd.gradgradcheck((a, b, t) => loss(a.square(), b, t), inputs)).toBe(true);
    }
  });

  test('multilabelSoftMarginLoss of targets and weights', () => {
    const loss = (t: Tensor, weight: Tensor): Tensor => multilabelSoftMarginLoss(zeros([2, 3]), t, { weight });
    expect(autograd.gradcheck(loss, [wide(2, 3), wide(3)])).toBe(true);
  });
});

test('one kernel forward and one backward, besides the reduction', () => {
  const [x, y, g] = [randn([4, 3], { requiresGrad: true }), ones([4, 3]), ones([4, 3])];
  const reduction = 'none';
  const kinds = (run: () => Tensor, up = g): string[] => {
    x.grad = null;
    return record(() => run().backward(up)).programs.map(({ kind }) => kind);
  };
  expect(kinds(() => softMarginLoss(x, y, { reduction }))).toEqual(['loop', 'loop']);
  expect(kinds(() => hingeEmbeddingLoss(x, y, { reduction }))).toEqual(['loop', 'loop']);
  expect(kinds(() => marginRankingLoss(x, y, y, { reduction }))).toEqual(['loop', 'loop']);
  expect(kinds(() => poissonNllLoss(x, y, { reduction, full: true }))).toEqual(['loop', 'loop']);
  expect(kinds(() => multilabelSoftMarginLoss(x, y, { reduction }), ones([4]))).toEqual(['loop', 'loop']);
  expect(kinds(() => multiMarginLoss(x, ints([0, 1, 2, 0]), { reduction }), ones([4]))).toEqual(['loop', 'loop']);
});

test('margins and eps are numbers of the launch: others compile nothing', () => {
  const [x, y] = [rand([3, 2]), ones([3, 2])];
  const programOf = (run: () => Tensor): unknown => record(run).programs[0];
  const same = (run: (n: number) => Tensor): void => expect(programOf(() => run(0.25))).toBe(programOf(() => run(0.5)));
  same((margin) => hingeEmbeddingLoss(x, y, { margin }));
  same((margin) => marginRankingLoss(x, y, y, { margin }));
  same((margin) => multiMarginLoss(x, ints([0, 1, 1]), { margin }));
  same((eps) => poissonNllLoss(x, y, { logInput: false, eps }));
  same((eps) => gaussianNllLoss(x, y, y, { eps }));
  expect.assertions(5);
});

test('softMarginLoss is finite with its gradient for every finite product, and is that of logits', () => {
  const x = tensor([1e4, -1e4, 300, -300, 1e38, -1e38], { requiresGrad: true });
  const loss = softMarginLoss(x, ones([6]), { reduction: 'none' });
  loss.backward(ones([6]));
  expect(numbers(loss)).toEqual([0, 1e4, 0, 300, 0, Math.fround(1e38)]);
  expect(numbers(x.grad)).toEqual([-0, -1, -0, -1, -0, -1]);
  const logits = randn([9]);
  const signs = tensor([1, -1, 1, 1, -1, -1, 1, -1, 1]);
  const other = binaryCrossEntropyWithLogits(logits, signs.add(1).div(2)).itemSync();
  expect(softMarginLoss(logits, signs).itemSync()).toBeCloseTo(other, 6);
});

test('multilabelMarginLoss is what its definition says', () => {
  const score = fc.double({ min: -3, max: 3, noNaN: true });
  const row = fc.integer({ min: 1, max: 5 }).chain((classes) =>
    fc.record({
      x: fc.array(score, { minLength: classes, maxLength: classes }),
      y: fc.array(fc.integer({ min: -1, max: classes - 1 }), { minLength: classes, maxLength: classes }),
    }),
  );
  const property = fc.property(row, ({ x, y }) => {
    const end = y.indexOf(-1);
    const named = end < 0 ? y : y.slice(0, end);
    let expected = 0;
    const slope = x.map(() => 0);
    for (const j of named) {
      x.forEach((xi, i) => {
        const z = 1 - (x[j] ?? NaN) + xi;
        if (named.includes(i) || z <= 0) return;
        expected += z / x.length;
        slope[i] = (slope[i] ?? 0) + 1 / x.length;
        slope[j] = (slope[j] ?? 0) - 1 / x.length;
      });
    }
    const input = tensor(x, { dtype: 'float64', requiresGrad: true });
    const loss = multilabelMarginLoss(input, ints(y));
    loss.backward();
    expect(loss.itemSync()).toBeCloseTo(expected, 10);
    expect(numbers(input.grad)).toEqual(slope.map((v) => expect.closeTo(v, 10) as unknown));
  });
  expect(() => fc.assert(property)).not.toThrow();
});

test('no samples: a sum of 0, no mean', () => {
  const [none, target] = [zeros([0, 3]), tensor([], { shape: [0], dtype: 'int32' })];
  expect(multiMarginLoss(none, target, { reduction: 'sum' }).itemSync()).toBe(0);
  expect(multiMarginLoss(none, target).itemSync()).toBeNaN();
  expect(multilabelMarginLoss(none, none.int(), { reduction: 'sum' }).itemSync()).toBe(0);
  expect(multilabelMarginLoss(none, none.int()).itemSync()).toBeNaN();
});

test('gaussianNllLoss gives a variance below eps the gradient at eps', () => {
  const variance = tensor([0, 0.05, 0.1], { requiresGrad: true, dtype: 'float64' });
  gaussianNllLoss(ones([3]).double(), zeros([3]).double(), variance, { eps: 0.1, reduction: 'sum' }).backward();
  expect(numbers(variance.grad)).toEqual([-45, -45, -45].map((v) => expect.closeTo(v, 8) as unknown));
});

describe('refuses what does not fit:', () => {
  const float = "It must be a float: convert with `.to('float32')`.";

  test('softMarginLoss', () => {
    expect(() => softMarginLoss(ones([2]).int(), ones([2]))).toThrow(`softMarginLoss: the input is int32. ${float}`);
    expect(() => softMarginLoss(ones([2]), ones([3, 2]))).toThrow(
      'softMarginLoss: the target has shape [3, 2], the input [2]. It must broadcast to the shape of the input.',
    );
    const learned = ones([2], { requiresGrad: true });
    expect(() => softMarginLoss(ones([2]), learned)).toThrow(
      'softMarginLoss: the target requires grad, but has no gradient here. Pass `target.detach()`.',
    );
    expect(noGrad(() => softMarginLoss(ones([2]), learned).shape)).toEqual([]);
  });

  test('hingeEmbeddingLoss and marginRankingLoss', () => {
    expect(() => hingeEmbeddingLoss(ones([2]).int(), ones([2]))).toThrow(
      `hingeEmbeddingLoss: the input is int32. ${float}`,
    );
    expect(() => hingeEmbeddingLoss(ones([2]), ones([3]))).toThrow(
      'hingeEmbeddingLoss: shapes [2] and [3] do not broadcast',
    );
    expect(() => marginRankingLoss(ones([2]), ones([1, 2]), ones([2]))).toThrow(
      'marginRankingLoss: the inputs have shapes [2] and [1, 2], the target [2]. Give them the same number of dims: reshape some of them.',
    );
  });

  test('multiMarginLoss', () => {
    const x = ones([2, 3]);
    expect(() => multiMarginLoss(x, ints([0, 3]))).toThrow(
      'multiMarginLoss: target 3 at position 1 is out of range for 3 classes. Use 0 … 2.',
    );
    expect(() => multiMarginLoss(x, ints([-1, 0]))).toThrow('multiMarginLoss: target -1 at position 0 is out of range');
    expect(() => multiMarginLoss(ones([3]), tensor(5, { dtype: 'int32' }))).toThrow(
      'multiMarginLoss: target 5 is out of range for 3 classes. Use 0 … 2.',
    );
    expect(() => multiMarginLoss(x, ints([0]))).toThrow(
      'multiMarginLoss: the input has shape [2, 3], the target [1]. Give one class per sample: shape [2].',
    );
    expect(() => multiMarginLoss(x, tensor([0, 1]))).toThrow(
      "multiMarginLoss: the target is float32. Class indices are int32 or uint8. Make them with `tensor([…], { dtype: 'int32' })` or convert with `.to('int32')`.",
    );
    expect(() => multiMarginLoss(ones([2, 0]), ints([0, 0]))).toThrow(
      'multiMarginLoss: the input has shape [2, 0]. Use [N, C] or [C], with at least one class.',
    );
    expect(() => multiMarginLoss(x, ints([0, 1]), { p: 3 as 2 })).toThrow(
      'multiMarginLoss: p is 3. It must be 1 or 2.',
    );
    expect(() => multiMarginLoss(x, ints([0, 1]), { weight: ones([2]) })).toThrow(
      'multiMarginLoss: the weight has shape [2], the input [2, 3]. Give one weight per class: shape [3].',
    );
    expect(() => multiMarginLoss(x, ints([0, 1]), { weight: ones([3]).double() })).toThrow(
      "multiMarginLoss: the weight is float64, the input float32. Convert it with `.to('float32')`.",
    );
    expect(() => multiMarginLoss(x, ints([0, 1]), { weight: ones([3], { requiresGrad: true }) })).toThrow(
      'multiMarginLoss: the weight requires grad, but has no gradient here. Pass `weight.detach()`.',
    );
  });

  test('multilabelMarginLoss and multilabelSoftMarginLoss', () => {
    expect(() => multilabelMarginLoss(ones([2, 3]), ints([[0, -1, 1], [0, 3, 1]]))).toThrow(
      'multilabelMarginLoss: target 3 at position [1, 1] is out of range for 3 classes. Use 0 … 2, and -1 after the last.',
    ); // prettier-ignore
    expect(() => multilabelMarginLoss(ones([3]), ints([0, -2, 1]))).toThrow(
      'multilabelMarginLoss: target -2 at position 1',
    );
    expect(() => multilabelMarginLoss(ones([3]), ints([0, -1]))).toThrow(
      'multilabelMarginLoss: the input has shape [3], the target [2]. They must be equal: fill up the classes of a sample with -1.',
    );
    expect(() => multilabelSoftMarginLoss(tensor(1), tensor(1))).toThrow(
      'multilabelSoftMarginLoss: the input has no dims. Use [C], [N, C] or [*, C].',
    );
    expect(() => multilabelSoftMarginLoss(ones([2]).int(), ones([2]))).toThrow(`the input is int32. ${float}`);
  });

  test('poissonNllLoss and gaussianNllLoss', () => {
    expect(() => poissonNllLoss(ones([2]), ones([3]))).toThrow('poissonNllLoss: shapes [2] and [3] do not broadcast');
    const x = ones([2, 2]);
    expect(() => gaussianNllLoss(x, x, tensor([[1, 1], [-0.5, 1]]))).toThrow(
      'gaussianNllLoss: the variance is -0.5 at position [1, 0]. It must be ≥ 0: predict its logarithm and take `exp()`.',
    ); // prettier-ignore
    expect(() => gaussianNllLoss(x, x, tensor([1, -1]))).toThrow('the variance is -1 at position 1.');
    expect(() => gaussianNllLoss(x, x, ones([1, 2]))).toThrow(
      'gaussianNllLoss: the input has shape [2, 2], the variance [1, 2]. Use the shape of the input, or [2, 1] for one variance per row.',
    );
    expect(() => gaussianNllLoss(x, x, x.int())).toThrow(`gaussianNllLoss: the variance is int32. ${float}`);
  });

  test('reductions that there are not', () => {
    const [x, reduction] = [ones([2, 2]), 'max' as 'sum'];
    const said = `there is no reduction "max". Use 'mean', 'sum' or 'none'.`;
    expect(() => softMarginLoss(x, x, { reduction })).toThrow(`softMarginLoss: ${said}`);
    expect(() => hingeEmbeddingLoss(x, x, { reduction })).toThrow(`hingeEmbeddingLoss: ${said}`);
    expect(() => marginRankingLoss(x, x, x, { reduction })).toThrow(`marginRankingLoss: ${said}`);
    expect(() => multiMarginLoss(x, ints([0, 1]), { reduction })).toThrow(`multiMarginLoss: ${said}`);
    expect(() => multilabelMarginLoss(x, x.int(), { reduction })).toThrow(`multilabelMarginLoss: ${said}`);
    expect(() => multilabelSoftMarginLoss(x, x, { reduction })).toThrow(`multilabelSoftMarginLoss: ${said}`);
    expect(() => poissonNllLoss(x, x, { reduction })).toThrow(`poissonNllLoss: ${said}`);
    expect(() => gaussianNllLoss(x, x, x, { reduction })).toThrow(`gaussianNllLoss: ${said}`);
  });
});
