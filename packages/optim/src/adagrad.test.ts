import { tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Adagrad, type AdagradOptions } from './adagrad.ts';
import { walkAlong } from './testing/walk-along.ts';

beforeAll(() => useBackend(reference()));

const leaf = (value: number): Tensor => tensor([value], { dtype: 'float64', requiresGrad: true });

/** Where 1 gets along gradients of 1, 2 and -1. */
const walk = (options: Partial<AdagradOptions>): number =>
  walkAlong([1, 2, -1], (params) => new Adagrad(params, options));

test('divides by the root of the sum of squares, with a learning rate that falls', () => {
  const steps = (sum: number): number[] => [1 / Math.sqrt(sum + 1), 2 / Math.sqrt(sum + 5), -1 / Math.sqrt(sum + 6)];
  const [a = 0, b = 0, c = 0] = steps(0);
  expect(walk({ lr: 0.5, eps: 0 })).toBeCloseTo(1 - 0.5 * (a + b + c), 12);
  expect(walk({ lr: 0.5, eps: 0, lrDecay: 1 })).toBeCloseTo(1 - 0.5 * (a + b / 2 + c / 3), 12);
  const [d = 0, e = 0, f = 0] = steps(0.1);
  expect(walk({ lr: 0.5, eps: 0, initialAccumulatorValue: 0.1 })).toBeCloseTo(1 - 0.5 * (d + e + f), 12);
});

test('the state is there from the construction on, also of groups that come later', () => {
  const [a, b, c] = [leaf(1), leaf(2), leaf(3)];
  const optimizer = new Adagrad([{ params: a }, { params: b, initialAccumulatorValue: 0.5 }], { initialAccumulatorValue: 0.25 }); // prettier-ignore
  optimizer.addParamGroup({ params: [c] });
  const sums = [a, b, c].map((x) => optimizer.state.get(x)?.sum.itemSync());
  expect(sums).toEqual([0.25, 0.5, 0.25]);
  expect(Object.values(optimizer.stateDict().state).map((state) => Object.keys(state))).toEqual([1, 2, 3].map(() => ['step', 'sum'])); // prettier-ignore
});

test('a state dict without the state of a parameter lets it begin anew', () => {
  const x = leaf(1);
  const optimizer = new Adagrad([x], { initialAccumulatorValue: 3 });
  optimizer.loadStateDict({ ...optimizer.stateDict(), state: {} });
  x.grad = tensor([1], { dtype: 'float64' });
  optimizer.step();
  expect(optimizer.state.get(x)?.sum.itemSync()).toBe(4);
});

test('the defaults are written out', () => {
  expect(walk({})).toBe(walk({ lr: 1e-2, lrDecay: 0, eps: 1e-10, weightDecay: 0, initialAccumulatorValue: 0, maximize: false })); // prettier-ignore
});

test('refusals', () => {
  const x = leaf(1);
  expect(() => new Adagrad([x], { lrDecay: -1 })).toThrow('Adagrad: lrDecay is -1. It must be ≥ 0.');
  expect(() => new Adagrad([x], { initialAccumulatorValue: -1 })).toThrow('Adagrad: initialAccumulatorValue is -1.');
  expect(() => new Adagrad([x], { eps: -1 })).toThrow('Adagrad: eps is -1. It must be ≥ 0.');
  expect(() => new Adagrad([x], { weightDecay: -1 })).toThrow('Adagrad: weightDecay is -1. It must be ≥ 0.');
});
