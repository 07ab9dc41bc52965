import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Rprop, type RpropOptions } from './rprop.ts';

beforeAll(() => useBackend(reference()));

/** Where 0 gets, step by step, along gradients. */
function walk(gradients: readonly number[], options: Partial<RpropOptions>): number[] {
  const x = tensor([0], { dtype: 'float64', requiresGrad: true });
  const optimizer = new Rprop([x], options);
  return gradients.map((g) => {
    x.grad = tensor([g], { dtype: 'float64' });
    optimizer.step();
    return x.itemSync();
  });
}

test('only the signs of gradients count; after a change of sign nothing moves, and the sign before is forgotten', () => {
  const options = { lr: 1, etas: [0.5, 2] } as const;
  expect(walk([3, 0.1, 7], options)).toEqual([-1, -3, -7]);
  expect(walk([3, -1, -1, -1], options)).toEqual([-1, -1, -0.5, 0.5]);
  expect(walk([1e-200, 1e-200], options)).toEqual([-1, -3]);
  expect(walk([1, 1], { ...options, maximize: true })).toEqual([1, 3]);
});

test('step sizes stay within their limits, but the first', () => {
  expect(walk([1, 1, 1], { lr: 1, etas: [0.5, 2], stepSizes: [0, 3] })).toEqual([-1, -3, -6]);
  expect(walk([1, -1, 1, -1], { lr: 1, etas: [0.5, 2], stepSizes: [0.75, 3] })).toEqual([-1, -1, -1.75, -1.75]);
});

test('the first step size is exactly lr, in float64 too', () => {
  expect(walk([1], { lr: 0.1 })).toEqual([-0.1]);
});

test('the defaults are written out', () => {
  const gradients = [1, 1, -1, -1];
  expect(walk(gradients, {})).toEqual(walk(gradients, { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false })); // prettier-ignore
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  for (const etas of [[0, 1.2], [0.5, 1], [1, 1.2], [NaN, 2]] as const) // prettier-ignore
    expect(() => new Rprop([x], { etas })).toThrow(`Rprop: etas are ${etas[0]} and ${etas[1]}. The first must be in (0, 1), the second > 1.`); // prettier-ignore
  expect(() => new Rprop([x], { stepSizes: [2, 1] })).toThrow(
    'Rprop: stepSizes are 2 and 1. They are the smallest, ≥ 0, and the largest.',
  );
  expect(() => new Rprop([x], { weightDecay: 1 } as never)).toThrow('Rprop: there is no option "weightDecay".');
});
