import { defaultDevice, record, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { clipGradNorm_, clipGradsWithNorm_, clipGradValue_ } from './clip-grad.ts';

beforeAll(() => useBackend(reference()));

function withGrad(data: number[]): Tensor {
  const x = zeros([data.length], { requiresGrad: true });
  x.grad = tensor(data);
  return x;
}

test('the norm of all gradients together is brought down to the largest allowed', () => {
  const [a, b, c] = [withGrad([3, 0]), withGrad([-4]), zeros([1], { requiresGrad: true })];
  expect(clipGradNorm_([a, b, c], 1).itemSync()).toBe(5);
  expect(a.grad?.toArraySync()).toEqual([expect.closeTo(0.6), 0]);
  expect(b.grad?.toArraySync()).toEqual([expect.closeTo(-0.8)]);
  expect(c.grad).toBe(null);
});

test('a norm that is given scales as that of the gradients', () => {
  const [own, given] = [withGrad([3, 4]), withGrad([3, 4])];
  clipGradsWithNorm_([given], 1, clipGradNorm_([own], 1));
  expect(given.grad?.toArraySync()).toEqual(own.grad?.toArraySync());
  clipGradsWithNorm_([given, zeros([1])], 1, tensor(0.5));
  expect(given.grad?.toArraySync()).toEqual(own.grad?.toArraySync());
  expect(() => clipGradsWithNorm_([given], -1, tensor(1))).toThrow('clipGradsWithNorm_: maxNorm is -1. It must be');
  expect(() => clipGradsWithNorm_([given], 1, 5 as never)).toThrow(
    'clipGradsWithNorm_: totalNorm is 5. It must be a 0-dim tensor, as getTotalNorm gives.',
  );
  expect(() => clipGradsWithNorm_([given], 1, tensor([1]))).toThrow('totalNorm is of shape [1].');
});

test('what is small enough stays as it is', () => {
  const x = withGrad([3, 4]);
  clipGradNorm_(x, 6);
  expect(x.grad?.toArraySync()).toEqual([3, 4]);
});

test.each([
  [1, 7],
  [Infinity, 4],
  [3, Math.cbrt(91)],
])('the %d-norm', (normType, expected) => {
  expect(clipGradNorm_([withGrad([3]), withGrad([-4])], 1, { normType }).itemSync()).toBeCloseTo(expected, 5);
});

test('without gradients the norm is 0', () => {
  expect(clipGradNorm_([zeros([1])], 1).itemSync()).toBe(0);
  expect(clipGradNorm_([], 1).itemSync()).toBe(0);
  expect(() => clipGradNorm_((() => {}) as never, 1)).toThrow(
    'clipGradNorm_: the parameters are function, not a list of tensors. Pass `model.parameters()`; in a group, as its `params`.',
  );
});

test('a norm that is not finite is refused if asked, before any gradient is changed', () => {
  const x = withGrad([1, NaN]);
  expect(() => clipGradNorm_(x, 1, { errorIfNonfinite: true })).toThrow(
    'clipGradNorm_: the total norm of order 2 of the gradients is NaN, so they cannot be clipped. Set { errorIfNonfinite: false } to scale them anyway.',
  );
  expect(x.grad?.toArraySync()).toEqual([1, NaN]);
  expect(clipGradNorm_(x, 1).itemSync()).toBeNaN();
  expect(x.grad?.toArraySync()).toEqual([NaN, NaN]);
});

test('a recorded clipping clips what is there when it is replayed', () => {
  const x = withGrad([3, 4]);
  const recording = record(() => void clipGradNorm_(x, 1));
  const { grad } = x;
  grad?.copy_(tensor([0, 50]));
  recording.replay();
  expect(grad?.toArraySync()).toEqual([0, expect.closeTo(1)]);
});

test('clipGradValue_ clips each element', () => {
  const x = withGrad([-3, 0.5, NaN, Infinity]);
  clipGradValue_([x, zeros([1])], 1);
  expect(x.grad?.toArraySync()).toEqual([-1, 0.5, NaN, 1]);
});

test('what is no limit is refused', () => {
  const x = withGrad([3, 4]);
  for (const limit of [NaN, -1, undefined as unknown as number]) {
    expect(() => clipGradNorm_(x, limit)).toThrow(`clipGradNorm_: maxNorm is ${limit}. It must be a number ≥ 0.`);
    expect(() => clipGradValue_(x, limit)).toThrow(`clipGradValue_: clipValue is ${limit}. It must be a number ≥ 0.`);
  }
  expect(clipGradNorm_(x, Infinity).itemSync()).toBe(5);
  expect(x.grad?.toArraySync()).toEqual([3, 4]);
});

test('nothing is left behind but the norm', () => {
  const params = [withGrad([3]), withGrad([4])];
  const buffers = (): number => defaultDevice().memory().liveBuffers;
  const before = buffers();
  const norm = clipGradNorm_(params, 1);
  clipGradValue_(params, 0.5);
  expect([norm.itemSync(), buffers() - before]).toEqual([5, 1]);
});

test('gradients that were clipped go when they are cleared', () => {
  const x = tensor([3, 4], { requiresGrad: true });
  const left = [0, 1, 2].map(() => {
    const loss = x.sum();
    loss.backward();
    clipGradNorm_(x, 1).dispose();
    clipGradValue_(x, 1);
    x.grad = null;
    loss.dispose();
    return defaultDevice().memory().liveBuffers;
  });
  expect(left[2]).toBe(left[1]);
});
