import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { RMSprop, type RMSpropOptions } from './rmsprop.ts';
import { walkAlong } from './testing/walk-along.ts';

beforeAll(() => useBackend(reference()));

/** Where 1 gets along gradients. */
const walk = (options: Partial<RMSpropOptions>, gradients: readonly number[] = [1, 2, -1]): number =>
  walkAlong(gradients, (params) => new RMSprop(params, options));

test('divides by the root of the average of squares, or by the deviation', () => {
  // v is 0.5, 2.25, 1.625; m is 0.5, 1.25, 0.125.
  const [a, b, c] = [1 / Math.sqrt(0.5), 2 / Math.sqrt(2.25), -1 / Math.sqrt(1.625)];
  const options = { lr: 0.1, alpha: 0.5, eps: 0 };
  expect(walk(options)).toBeCloseTo(1 - 0.1 * (a + b + c), 12);
  expect(walk({ ...options, momentum: 0.5 })).toBeCloseTo(1 - 0.1 * (a * 1.75 + b * 1.5 + c), 12);
  const [d, e, f] = [1 / Math.sqrt(0.25), 2 / Math.sqrt(2.25 - 1.25 ** 2), -1 / Math.sqrt(1.625 - 0.125 ** 2)];
  expect(walk({ ...options, centered: true })).toBeCloseTo(1 - 0.1 * (d + e + f), 12);
});

test('centered, a gradient that never changes does not turn into NaN', () => {
  const x = tensor([1], { requiresGrad: true });
  const optimizer = new RMSprop([x], { centered: true, alpha: 0.5 });
  x.grad = tensor([0.1]);
  for (let k = 0; k < 200; k++) optimizer.step();
  expect(x.itemSync()).toBeLessThan(1);
});

test('momentum and centering may begin later', () => {
  const x = tensor([1], { requiresGrad: true });
  x.grad = tensor([1]);
  const optimizer = new RMSprop([x]);
  optimizer.step();
  expect(Object.keys(optimizer.stateDict().state[0] ?? {})).toEqual(['step', 'square_avg']);
  Object.assign(optimizer.paramGroups[0] ?? {}, { momentum: 0.9, centered: true });
  optimizer.step();
  expect(Object.keys(optimizer.stateDict().state[0] ?? {})).toEqual([
    'step',
    'square_avg',
    'momentum_buffer',
    'grad_avg',
  ]);
});

test('the defaults are written out', () => {
  expect(walk({})).toBe(walk({ lr: 1e-2, alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weightDecay: 0, maximize: false })); // prettier-ignore
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  expect(() => new RMSprop([x], { alpha: -1 })).toThrow('RMSprop: alpha is -1. It must be ≥ 0.');
  expect(() => new RMSprop([x], { momentum: -1 })).toThrow('RMSprop: momentum is -1. It must be ≥ 0.');
  expect(() => new RMSprop([x], { eps: -1 })).toThrow('RMSprop: eps is -1. It must be ≥ 0.');
  expect(() => new RMSprop([x], { weightDecay: -1 })).toThrow('RMSprop: weightDecay is -1. It must be ≥ 0.');
});
