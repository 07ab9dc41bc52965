import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { NAdam, type NAdamOptions } from './nadam.ts';
import { walkAlong } from './testing/walk-along.ts';

beforeAll(() => useBackend(reference()));

/** Where 1 gets along gradients. */
const walk = (gradients: readonly number[], options: Partial<NAdamOptions>): number =>
  walkAlong(gradients, (params) => new NAdam(params, options));

/** The formulas of the paper, as they stand there, with the products of all momenta taken anew in each step. */
function paper(gradients: readonly number[], options: NAdamOptions): number {
  const { lr, betas, eps, weightDecay, momentumDecay, decoupledWeightDecay, maximize } = options;
  const mu = (t: number): number => betas[0] * (1 - 0.96 ** (t * momentumDecay) / 2);
  let [x, m, v] = [1, 0, 0];
  gradients.forEach((gradient, k) => {
    const t = k + 1;
    let g = maximize ? -gradient : gradient;
    if (decoupledWeightDecay) x -= lr * weightDecay * x;
    else g += weightDecay * x;
    m = betas[0] * m + (1 - betas[0]) * g;
    v = betas[1] * v + (1 - betas[1]) * g ** 2;
    let product = 1;
    for (let i = 1; i <= t; i++) product *= mu(i);
    const ahead = (mu(t + 1) * m) / (1 - product * mu(t + 1)) + ((1 - mu(t)) * g) / (1 - product);
    x -= (lr * ahead) / (Math.sqrt(v / (1 - betas[1] ** t)) + eps);
  });
  return x;
}

test('is the formula of the paper', () => {
  const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
  const options = fc.record({
    lr: number(0, 0.5),
    betas: fc.tuple(number(0, 0.99), number(0, 0.999)),
    eps: number(1e-8, 0.1),
    weightDecay: fc.oneof(fc.constant(0), number(0, 0.5)),
    momentumDecay: number(0, 1),
    decoupledWeightDecay: fc.boolean(),
    maximize: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(number(-3, 3), { minLength: 1, maxLength: 12 }), options, (gradients, given) => {
      const expected = paper(gradients, given);
      expect(Math.abs(walk(gradients, given) - expected)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(expected)));
    }),
  );
});

test('the defaults are written out', () => {
  const written: NAdamOptions = {
    lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, momentumDecay: 4e-3, decoupledWeightDecay: false, maximize: false,
  }; // prettier-ignore
  expect(walk([1, 2], {})).toBe(walk([1, 2], written));
});

test('the product of the momenta is a number, where PyTorch keeps a tensor', () => {
  const x = tensor(1, { requiresGrad: true });
  x.grad = tensor(1);
  const optimizer = new NAdam([x]);
  optimizer.step();
  const { state, param_groups } = optimizer.stateDict();
  const saved = { ...state[0], step: tensor(1), mu_product: tensor(0.25) };
  optimizer.loadStateDict({ state: { 0: saved }, param_groups });
  expect(optimizer.state.get(x)).toMatchObject({ step: 1, muProduct: 0.25 });
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  expect(() => new NAdam([x], { momentumDecay: -1 })).toThrow('NAdam: momentumDecay is -1. It must be ≥ 0.');
  expect(() => new NAdam([x], { betas: [1, 0.9] })).toThrow('NAdam: betas[0] is 1. It must be in [0, 1).');
  expect(() => new NAdam([x], { eps: -1 })).toThrow('NAdam: eps is -1. It must be ≥ 0.');
  expect(() => new NAdam([x], { weightDecay: -1 })).toThrow('NAdam: weightDecay is -1. It must be ≥ 0.');
});
