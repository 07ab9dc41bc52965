import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Adam, AdamW, type AdamOptions } from './adam.ts';
import { walkAlong } from './testing/walk-along.ts';

beforeAll(() => useBackend(reference()));

/** Where 1 gets along gradients of 1, 2 and -1. */
const walk = (Kind: typeof Adam | typeof AdamW, options: Partial<AdamOptions>): number =>
  walkAlong([1, 2, -1], (params) => new Kind(params, options));

/** The formulas of the papers, as they stand there. */
function paper(
  decoupled: boolean,
  { lr, betas, eps, weightDecay: decay }: Omit<AdamOptions, 'amsgrad' | 'maximize'>,
): number {
  let [x, m, v] = [1, 0, 0];
  [1, 2, -1].forEach((gradient, k) => {
    const t = k + 1;
    const g = decoupled ? gradient : gradient + decay * x;
    m = betas[0] * m + (1 - betas[0]) * g;
    v = betas[1] * v + (1 - betas[1]) * g ** 2;
    const step = (lr * (m / (1 - betas[0] ** t))) / (Math.sqrt(v / (1 - betas[1] ** t)) + eps);
    x = (decoupled ? x - lr * decay * x : x) - step;
  });
  return x;
}

test.each([
  { lr: 0.1, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 },
  { lr: 0.1, betas: [0.5, 0.75], eps: 0.1, weightDecay: 0.5 },
  { lr: 0.1, betas: [0, 0], eps: 1e-8, weightDecay: 0.5 },
] as const)('is the formula of the paper: %o', (options) => {
  expect(walk(Adam, options)).toBeCloseTo(paper(false, options), 12);
  expect(walk(AdamW, options)).toBeCloseTo(paper(true, options), 12);
});

test('maximize goes the other way', () => {
  expect(walk(Adam, { maximize: true }) - 1).toBeCloseTo(1 - walk(Adam, {}), 12);
});

test('amsgrad divides by the largest average so far', () => {
  const options = { lr: 0.1, betas: [0, 0] } as const;
  // v is g² itself: 1, 4, 1, whose largest are 1, 4, 4.
  expect(walk(Adam, { ...options, amsgrad: true })).toBeCloseTo(1 - 0.1 - 0.1 + 0.05, 7);
  expect(walk(Adam, options)).toBeCloseTo(1 - 0.1 - 0.1 + 0.1, 7);
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  expect(() => new Adam([x], { betas: [1, 0.9] })).toThrow('Adam: betas[0] is 1. It must be in [0, 1).');
  expect(() => new AdamW([x], { betas: [0.9, -0.1] })).toThrow('AdamW: betas[1] is -0.1. It must be in [0, 1).');
  expect(() => new Adam([x], { eps: -1 })).toThrow('Adam: eps is -1. It must be ≥ 0.');
  expect(() => new AdamW([x], { weightDecay: -1 })).toThrow('AdamW: weightDecay is -1. It must be ≥ 0.');
  expect(() => new Adam([x], { lr: -1 })).toThrow('Adam: lr is -1. It must be ≥ 0.');
});
