// Losses of pairs and triplets of vectors.

import { autograd, defaultDevice, manualSeed, ones, randn, tensor, useBackend, zeros, type Tensor } from '@rushlight/core'; // prettier-ignore
import { checked, reference } from '@rushlight/core/testing';
import { Linear, Module } from '@rushlight/nn';
import { beforeEach, describe, expect, test } from 'vitest';
import { cosineEmbeddingLoss } from './cosine-embedding-loss.ts';
import type { Reduction } from './reduction.ts';
import { tripletMarginLoss } from './triplet-margin-loss.ts';
import { tripletMarginWithDistanceLoss, TripletMarginWithDistanceLoss } from './triplet-margin-with-distance-loss.ts';

beforeEach(async () => {
  await useBackend(checked(reference()));
  manualSeed(0);
});

const reductions: Reduction[] = ['mean', 'sum', 'none'];
const wide = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
const numbers = (x: Tensor | null | undefined): number[] => [...(x as Tensor).dataSync()];

describe('gradients, and the second ones, are those of the formula:', () => {
  test('cosineEmbeddingLoss', () => {
    const target = tensor([1, -1, 1]);
    for (const reduction of reductions) {
      const loss = (a: Tensor, b: Tensor): Tensor => cosineEmbeddingLoss(a, b, target, { margin: -0.9, reduction });
      for (const inputs of [[wide(3, 4), wide(3, 4)], [wide(1, 4), wide(3, 4)]]) {
        expect(autograd.gradcheck(loss, inputs)).toBe(true);
        expect(autograd.gradgradcheck((a, b) => loss(a.square(), b), inputs)).toBe(true);
      }
    }
  }); // prettier-ignore

  test('tripletMarginLoss', () => {
    const options = [{}, { swap: true }, { p: 1 }, { p: 3, swap: true, eps: 0.1 }];
    for (const option of options) {
      for (const reduction of reductions) {
        const loss = (a: Tensor, p: Tensor, n: Tensor): Tensor =>
          tripletMarginLoss(a, p, n, { margin: 2.5, reduction, ...option });
        const inputs = [wide(2, 3), wide(2, 3), wide(1, 3)];
        expect(autograd.gradcheck(loss, inputs)).toBe(true);
        expect(autograd.gradgradcheck((a, p, n) => loss(a.square(), p, n), inputs)).toBe(true);
      }
    }
  });

  test('tripletMarginWithDistanceLoss, through the distance', () => {
    const distanceFunction = (x: Tensor, y: Tensor): Tensor => x.sub(y).square().sum(1);
    for (const swap of [false, true]) {
      const loss = (a: Tensor, p: Tensor, n: Tensor): Tensor =>
        tripletMarginWithDistanceLoss(a, p, n, { distanceFunction, swap, margin: 9 });
      const inputs = [wide(2, 3), wide(2, 3), wide(2, 3)];
      expect(autograd.gradcheck(loss, inputs)).toBe(true);
      expect(autograd.gradgradcheck(loss, inputs)).toBe(true);
    }
  });
});

describe('distances', () => {
  const triplet = (): [Tensor, Tensor, Tensor] => [tensor([[0, 0]]), tensor([[3, 4]]), tensor([[3, 10]])];

  test('are the Euclidean norm unless told otherwise', () => {
    const [a, p, n] = triplet();
    const loss = tripletMarginLoss(a, p, n, { margin: 7, eps: 0 }).itemSync();
    expect(loss).toBeCloseTo(7 + 5 - Math.hypot(3, 10), 5);
    expect(tripletMarginWithDistanceLoss(a, p, n, { margin: 7 }).itemSync()).toBeCloseTo(loss, 5);
    expect(tripletMarginWithDistanceLoss(a, p, n, { margin: 7, distanceFunction: null }).itemSync()).toBeCloseTo(
      loss,
      5,
    );
  });

  test('with swap, that of positive and negative counts where it is smaller', () => {
    const [a, p, n] = triplet();
    expect(tripletMarginLoss(a, p, n, { margin: 7, swap: true }).itemSync()).toBeCloseTo(7 + 5 - 6, 5);
    expect(tripletMarginLoss(p, a, n, { margin: 7, swap: true }).itemSync()).toBeCloseTo(7 + 5 - 6, 5);
  });

  test('that are equal leave the margin, and a gradient', () => {
    const x = ones([2, 2], { requiresGrad: true });
    const loss = tripletMarginLoss(x, ones([2, 2]), ones([2, 2]), { reduction: 'sum' });
    loss.backward();
    expect(loss.itemSync()).toBe(2);
    expect(numbers(x.grad)).toEqual([0, 0, 0, 0]);
  });

  test('of a module are part of the loss module, with their parameters', () => {
    const [a, p, n] = triplet();
    class Learned extends Module<[Tensor, Tensor], Tensor> {
      project = new Linear(2, 2, { bias: false });
      forward(x: Tensor, y: Tensor): Tensor {
        return this.project(x.sub(y)).square().sum(1);
      }
    }
    const distanceFunction = new Learned();
    const criterion = new TripletMarginWithDistanceLoss({ distanceFunction, margin: 100 });
    expect(criterion.distanceFunction).toBe(distanceFunction);
    expect(Object.keys(criterion.stateDict())).toEqual(['distance_function.project.weight']);
    criterion(a, p, n).backward();
    expect(distanceFunction.project.weight.grad?.shape).toEqual([2, 2]);
    expect(Object.keys(new TripletMarginWithDistanceLoss().stateDict())).toEqual([]);
  });
});

test('a function of the user keeps what it made', () => {
  const kept: Tensor[] = [];
  const distanceFunction = (x: Tensor, y: Tensor): Tensor => {
    kept.push(x.sub(y).abs().sum(1));
    return kept.at(-1) as Tensor;
  };
  tripletMarginWithDistanceLoss(ones([2, 3]), zeros([2, 3]), zeros([2, 3]), { distanceFunction });
  expect(kept.map(numbers)).toEqual([[3, 3], [3, 3]]); // prettier-ignore
});

test('tripletMarginLoss leaves nothing behind where there is no gradient', () => {
  const triplet = [randn([4, 3]), randn([4, 3]), randn([4, 3])] as const;
  const before = defaultDevice().memory().liveBuffers;
  const loss = tripletMarginLoss(...triplet, { swap: true });
  expect(defaultDevice().memory().liveBuffers - before).toBe(1);
  expect(loss.shape).toEqual([]);
});

describe('refuses what does not fit:', () => {
  const operands = (): [Tensor, Tensor] => [ones([3, 4]), ones([3])];

  test('cosineEmbeddingLoss', () => {
    const [x, y] = operands();
    expect(() => cosineEmbeddingLoss(x, x, ones([3, 1]))).toThrow(
      'cosineEmbeddingLoss: the target has shape [3, 1]. Give one number per pair: [N], or [] for a single pair.',
    );
    expect(() => cosineEmbeddingLoss(x, y, y)).toThrow(
      'cosineEmbeddingLoss: the inputs have shapes [3, 4] and [3], the target [3]. Use [N, D] with a target [N], or [D] with [].',
    );
    expect(() => cosineEmbeddingLoss(x, ones([3, 1]), y)).toThrow(
      'cosineEmbeddingLoss: the inputs have shapes [3, 4] and [3, 1]. Their last dims must be equal: reshape one of them.',
    );
    expect(() => cosineEmbeddingLoss(x, ones([2, 4]), y)).toThrow('cosineEmbeddingLoss: shapes');
  });

  test('tripletMarginLoss', () => {
    const [x, y] = operands();
    expect(() => tripletMarginLoss(x, x, y)).toThrow(
      'tripletMarginLoss: the anchor has shape [3, 4], the positive [3, 4], the negative [3]. Give them the same number of dims: reshape some of them.',
    );
    expect(() => tripletMarginLoss(x, x, x, { p: NaN })).toThrow(
      'tripletMarginLoss: p is NaN. It must be a number or ±Infinity.',
    );
  });

  test('reductions that there are not', () => {
    const [x, y] = operands();
    const reduction = 'max' as 'sum';
    const said = `there is no reduction "max". Use 'mean', 'sum' or 'none'.`;
    expect(() => cosineEmbeddingLoss(x, x, y, { reduction })).toThrow(`cosineEmbeddingLoss: ${said}`);
    expect(() => tripletMarginLoss(x, x, x, { reduction })).toThrow(`tripletMarginLoss: ${said}`);
    expect(() => tripletMarginWithDistanceLoss(x, x, x, { reduction })).toThrow(
      `tripletMarginWithDistanceLoss: ${said}`,
    );
  });
});
