import { ones, tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { SGD, type SGDOptions } from './sgd.ts';

beforeAll(() => useBackend(reference()));

/** Where 1 gets in three steps along gradients of 1. */
function walk(options: Partial<SGDOptions>): number[] {
  const x = tensor([1], { dtype: 'float64', requiresGrad: true });
  const optimizer = new SGD([x], options);
  x.grad = ones([1], { dtype: 'float64' });
  return [1, 2, 3].map(() => {
    optimizer.step();
    return x.itemSync();
  });
}

test.each([
  [{ lr: 0.25 }, [0.75, 0.5, 0.25]],
  [{ lr: 0 }, [1, 1, 1]],
  [{ lr: 0.25, maximize: true }, [1.25, 1.5, 1.75]],
  [{ lr: 0.5, weightDecay: 1 }, [0, -0.5, -0.75]],
  [{ lr: 1, momentum: 0.5 }, [0, -1.5, -3.25]],
  [{ lr: 1, momentum: 0.5, dampening: 0.5 }, [0, -1, -2]],
  [{ lr: 1, momentum: 0.5, nesterov: true }, [-0.5, -2.25, -4.125]],
])('%o', (options, expected) => {
  expect(walk(options)).toEqual(expected);
});

test('without weight decay an infinite parameter does not turn into NaN', () => {
  const x = tensor([Infinity], { requiresGrad: true });
  x.grad = ones([1]);
  new SGD([x], { lr: 1 }).step();
  expect(x.itemSync()).toBe(Infinity);
});

test('refusals', () => {
  const x = tensor([1], { requiresGrad: true });
  expect(() => new SGD([x], { lr: 1, momentum: -0.5 })).toThrow('SGD: momentum is -0.5. It must be ≥ 0.');
  expect(() => new SGD([x], { lr: 1, weightDecay: -1 })).toThrow('SGD: weightDecay is -1. It must be ≥ 0.');
  expect(() => new SGD([x], { lr: 1, nesterov: true })).toThrow(
    'SGD: nesterov needs a momentum and no dampening, they are 0 and 0. Set { momentum: 0.9, dampening: 0 }.',
  );
  expect(() => new SGD([x], { lr: 1, nesterov: true, momentum: 0.9, dampening: 0.1 })).toThrow('they are 0.9 and 0.1');
});
