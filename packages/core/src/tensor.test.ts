import { beforeAll, describe, expect, test } from 'vitest';
import { cat, linear, matmul, ones, openBackend, stack, tensor, useBackend, zeros, type Tensor } from './index.ts';
import { reference } from './testing/reference.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('what is no tensor', () => {
  const list = [[1, 2]] as unknown as Tensor;

  test.each([
    ['matmul', () => matmul(ones([2, 1]), list)],
    ['matmul', () => matmul(list, ones([2, 1]))],
    ['linear', () => linear(list, ones([3, 2]))],
    ['cat', () => cat([ones([1, 2]), list])],
    ['stack', () => stack([list, ones([1, 2])])],
  ])('is refused by %s with what it is', (op, run) => {
    expect(run).toThrow(new RegExp(`^${op}: operand \\d is an array\\. It must be a tensor: make one with`));
  });
});

describe('grad', () => {
  test('takes a gradient that fits, or null', () => {
    const x = zeros([2], { requiresGrad: true });
    x.grad = ones([2]);
    x.mul(3).sum().backward();
    expect(x.grad.toArraySync()).toEqual([4, 4]);
    x.grad = null;
    expect(x.grad).toBeNull();
  });

  test('refuses another shape, dtype or device', async () => {
    const x = zeros([2], { requiresGrad: true });
    const other = await openBackend(reference());
    expect(() => (x.grad = ones([3]))).toThrow('grad: a gradient of shape [3] was assigned to a tensor of shape [2].');
    expect(() => (x.grad = ones([2], { dtype: 'float64' }))).toThrow(
      'a gradient of float64 was assigned to a tensor of float32',
    );
    expect(() => (x.grad = ones([2], { device: other }))).toThrow(/a gradient on "reference.*" was assigned/);
    other.dispose();
  });
});

test('an element of any dtype is read', async () => {
  for (const dtype of ['float32', 'float64', 'float16', 'int32', 'uint8', 'bool'] as const) {
    expect(await tensor([1], { dtype }).item()).toBe(1);
  }
});
