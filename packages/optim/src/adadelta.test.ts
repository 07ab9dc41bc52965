import { record, tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Adadelta, type AdadeltaOptions } from './adadelta.ts';
import { walkAlong } from './testing/walk-along.ts';

beforeAll(() => useBackend(reference()));

/** Where 1 gets along gradients of 1, 2 and -1. */
const walk = (options: Partial<AdadeltaOptions>): number =>
  walkAlong([1, 2, -1], (params) => new Adadelta(params, options));

/** The algorithm of the paper, as it stands there. */
function paper({ lr, rho, eps, weightDecay }: Omit<AdadeltaOptions, 'maximize'>): number {
  let [x, squares, deltas] = [1, 0, 0];
  for (const gradient of [1, 2, -1]) {
    const g = gradient + weightDecay * x;
    squares = rho * squares + (1 - rho) * g ** 2;
    const delta = (Math.sqrt(deltas + eps) / Math.sqrt(squares + eps)) * g;
    deltas = rho * deltas + (1 - rho) * delta ** 2;
    x -= lr * delta;
  }
  return x;
}

test.each([
  { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0 },
  { lr: 0.5, rho: 0.5, eps: 0.1, weightDecay: 0.25 },
  { lr: 2, rho: 0, eps: 1e-3, weightDecay: 0 },
  { lr: 1, rho: 1, eps: 0.5, weightDecay: 0.1 },
])('is the algorithm of the paper: %o', (options) => {
  expect(walk(options)).toBeCloseTo(paper(options), 12);
});

test('the defaults are written out', () => {
  expect(walk({})).toBe(walk({ lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false }));
});

test('maximize goes the other way', () => {
  expect(walk({ maximize: true }) - 1).toBeCloseTo(1 - walk({}), 12);
});

test('one launch per parameter, the same for all numbers', () => {
  const x = tensor([1, 2], { requiresGrad: true });
  x.grad = tensor([1, 1]);
  const optimizer = new Adadelta([x]);
  const first = record(() => optimizer.step()).programs;
  Object.assign(optimizer.paramGroups[0] ?? {}, { lr: 0.5, rho: 0.1, weightDecay: 3, maximize: true });
  const second = record(() => optimizer.step()).programs;
  expect(first.length).toBe(1);
  expect(second.map((p) => p.key)).toEqual(first.map((p) => p.key));
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  expect(() => new Adadelta([x], { rho: 1.1 })).toThrow('Adadelta: rho is 1.1. It must be in [0, 1].');
  expect(() => new Adadelta([x], { rho: NaN })).toThrow('Adadelta: rho is NaN.');
  expect(() => new Adadelta([x], { eps: -1 })).toThrow('Adadelta: eps is -1. It must be ≥ 0.');
  expect(() => new Adadelta([x], { weightDecay: -1 })).toThrow('Adadelta: weightDecay is -1. It must be ≥ 0.');
  expect(() => new Adadelta([x], { lr: -1 })).toThrow('Adadelta: lr is -1. It must be ≥ 0.');
  expect(() => new Adadelta([x], { momentum: 1 } as never)).toThrow('Adadelta: there is no option "momentum".');
});
