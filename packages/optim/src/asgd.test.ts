import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { ASGD, type ASGDOptions } from './asgd.ts';

beforeAll(() => useBackend(reference()));

/** Where 1 gets along gradients of 1, step by step, and the averages. */
function walk(steps: number, options: Partial<ASGDOptions>): { x: number[]; ax: number[] } {
  const x = tensor([1], { dtype: 'float64', requiresGrad: true });
  x.grad = tensor([1], { dtype: 'float64' });
  const optimizer = new ASGD([x], options);
  const [xs, averages] = [[] as number[], [] as number[]];
  for (let k = 0; k < steps; k++) {
    optimizer.step();
    xs.push(x.itemSync());
    averages.push(optimizer.state.get(x)?.ax.itemSync() ?? NaN);
  }
  return { x: xs, ax: averages };
}

test('averages what comes after step t0', () => {
  const { x, ax } = walk(6, { lr: 0.25, lambd: 0, t0: 3 });
  expect(x).toEqual([0.75, 0.5, 0.25, 0, -0.25, -0.5]);
  // μ is 1 until step 5, whose own share is still all of it.
  expect(ax).toEqual([0.75, 0.5, 0.25, 0, -0.25, -0.375]);
});

test('the learning rate falls with lambd and alpha, the parameter shrinks', () => {
  const { x } = walk(2, { lr: 0.5, lambd: 0.5, alpha: 2 });
  const first = 1 - 0.5 * 0.5 - 0.5;
  const eta = 0.5 / 1.25 ** 2;
  expect(x[0]).toBeCloseTo(first, 12);
  expect(x[1]).toBeCloseTo(first * (1 - 0.5 * eta) - eta, 12);
});

test('eta and mu are numbers, where PyTorch keeps tensors', () => {
  const x = tensor(1, { requiresGrad: true });
  x.grad = tensor(1);
  const optimizer = new ASGD([x]);
  optimizer.step();
  const { state, param_groups } = optimizer.stateDict();
  expect(Object.keys(state[0] ?? {})).toEqual(['step', 'eta', 'mu', 'ax']);
  const saved = { ...state[0], step: tensor(1), eta: tensor(0.5), mu: tensor(0.25) };
  optimizer.loadStateDict({ state: { 0: saved }, param_groups });
  expect(optimizer.state.get(x)).toMatchObject({ step: 1, eta: 0.5, mu: 0.25 });
});

test('the defaults are written out', () => {
  const written = { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false };
  expect(walk(3, {})).toEqual(walk(3, written));
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  for (const option of ['lambd', 'alpha', 't0', 'weightDecay'] as const)
    expect(() => new ASGD([x], { [option]: -1 })).toThrow(`ASGD: ${option} is -1. It must be ≥ 0.`);
});
