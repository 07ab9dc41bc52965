import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { RAdam, type RAdamOptions } from './radam.ts';
import { walkAlong } from './testing/walk-along.ts';

beforeAll(() => useBackend(reference()));

/** Where 1 gets along gradients. */
const walk = (gradients: readonly number[], options: Partial<RAdamOptions>): number =>
  walkAlong(gradients, (params) => new RAdam(params, options));

/** Algorithm 2 of the paper, with ε where PyTorch has it. */
function paper(gradients: readonly number[], options: RAdamOptions): number {
  const { lr, betas, eps, weightDecay, decoupledWeightDecay, maximize } = options;
  const most = 2 / (1 - betas[1]) - 1;
  let [x, m, v] = [1, 0, 0];
  gradients.forEach((gradient, k) => {
    const t = k + 1;
    let g = maximize ? -gradient : gradient;
    if (decoupledWeightDecay) x -= lr * weightDecay * x;
    else g += weightDecay * x;
    m = betas[0] * m + (1 - betas[0]) * g;
    v = betas[1] * v + (1 - betas[1]) * g ** 2;
    const corrected = m / (1 - betas[0] ** t);
    const length = most - (2 * t * betas[1] ** t) / (1 - betas[1] ** t);
    if (length > 5) {
      const rate = Math.sqrt(1 - betas[1] ** t) / (Math.sqrt(v) + eps);
      const above = (length - 4) * (length - 2) * most;
      x -= lr * Math.sqrt(above / ((most - 4) * (most - 2) * length)) * corrected * rate;
    } else x -= lr * corrected;
  });
  return x;
}

test('is the algorithm of the paper', () => {
  const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
  const options = fc.record({
    lr: number(0, 0.5),
    betas: fc.tuple(number(0, 0.99), number(0, 0.999)),
    eps: number(1e-8, 0.1),
    weightDecay: fc.oneof(fc.constant(0), number(0, 0.5)),
    decoupledWeightDecay: fc.boolean(),
    maximize: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(number(-3, 3), { minLength: 1, maxLength: 12 }), options, (gradients, given) => {
      const expected = paper(gradients, given);
      expect(Math.abs(walk(gradients, given) - expected)).toBeLessThanOrEqual(1e-8 * (1 + Math.abs(expected)));
    }),
  );
});

test('the first five steps do not divide by anything', () => {
  expect(walk([4, 4, 4, 4, 4], { lr: 0.125 })).toBeCloseTo(1 - 2.5, 12);
  expect(walk([4, 4, 4, 4, 4, 4], { lr: 0.125 })).not.toBeCloseTo(1 - 3, 1);
});

test('the defaults are written out', () => {
  const written: RAdamOptions = {
    lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, decoupledWeightDecay: false, maximize: false,
  }; // prettier-ignore
  expect(walk([1, 2, 1, 2, 1, 2, 1], {})).toBe(walk([1, 2, 1, 2, 1, 2, 1], written));
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  expect(() => new RAdam([x], { betas: [0.9, 1] })).toThrow('RAdam: betas[1] is 1. It must be in [0, 1).');
  expect(() => new RAdam([x], { eps: -1 })).toThrow('RAdam: eps is -1. It must be ≥ 0.');
  expect(() => new RAdam([x], { weightDecay: -1 })).toThrow('RAdam: weightDecay is -1. It must be ≥ 0.');
});
