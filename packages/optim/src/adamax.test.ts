import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Adamax, type AdamaxOptions } from './adamax.ts';
import { walkAlong } from './testing/walk-along.ts';

beforeAll(() => useBackend(reference()));

/** Where 1 gets along gradients. */
const walk = (options: Partial<AdamaxOptions>, gradients: readonly number[] = [1, 2, -1]): number =>
  walkAlong(gradients, (params) => new Adamax(params, options));

test('divides by the largest gradient of late', () => {
  // Without an average m is g itself, and u is 1, 2, max(1, 1).
  expect(walk({ lr: 0.5, betas: [0, 0.5], eps: 0 })).toBeCloseTo(1 - 0.5 - 0.5 + 0.5, 12);
  expect(walk({ lr: 0.5, betas: [0, 0.75], eps: 0 })).toBeCloseTo(1 - 0.5 - 0.5 + 0.5 / 1.5, 12);
});

test('NaN in a gradient is not hidden by the largest one before', () => {
  expect(walk({}, [1, NaN])).toBeNaN();
});

test('the defaults are written out', () => {
  expect(walk({})).toBe(walk({ lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false }));
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  expect(() => new Adamax([x], { betas: [0.9, 1] })).toThrow('Adamax: betas[1] is 1. It must be in [0, 1).');
  expect(() => new Adamax([x], { betas: [-1, 0.9] })).toThrow('Adamax: betas[0] is -1. It must be in [0, 1).');
  expect(() => new Adamax([x], { eps: NaN })).toThrow('Adamax: eps is NaN. It must be ≥ 0.');
  expect(() => new Adamax([x], { weightDecay: -1 })).toThrow('Adamax: weightDecay is -1. It must be ≥ 0.');
});
