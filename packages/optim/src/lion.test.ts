import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Lion, type LionOptions } from './lion.ts';

beforeAll(() => useBackend(reference()));

/** Where 1 gets, step by step, along gradients. */
function walk(gradients: readonly number[], options: Partial<LionOptions>): number[] {
  const x = tensor([1], { dtype: 'float64', requiresGrad: true });
  const optimizer = new Lion([x], options);
  return gradients.map((g) => {
    x.grad = tensor([g], { dtype: 'float64' });
    optimizer.step();
    return x.itemSync();
  });
}

test('steps of one size, along the sign of what momentum and gradient come to', () => {
  expect(walk([3, 0.01, 0], { lr: 0.25 })).toEqual([0.75, 0.5, 0.25]);
  // m is 1 after the first step: 0.5·1 + 0.5·g.
  expect(walk([1, -0.5, -3], { lr: 0.25, betas: [0.5, 0] })).toEqual([0.75, 0.5, 0.75]);
  expect(walk([0, 0], { lr: 0.25 })).toEqual([1, 1]);
  expect(walk([2], { lr: 0.25, weightDecay: 1 })).toEqual([0.5]);
  expect(walk([2], { lr: 0.25, maximize: true })).toEqual([1.25]);
});

test('the defaults are written out', () => {
  const written = { lr: 1e-4, betas: [0.9, 0.99], weightDecay: 0, maximize: false } as const;
  expect(walk([1, -2, 1], {})).toEqual(walk([1, -2, 1], written));
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  expect(() => new Lion([x], { betas: [1, 0.9] })).toThrow('Lion: betas[0] is 1. It must be in [0, 1).');
  expect(() => new Lion([x], { weightDecay: -1 })).toThrow('Lion: weightDecay is -1. It must be ≥ 0.');
});
