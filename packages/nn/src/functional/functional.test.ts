import { autograd, ones, tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { functional as F } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

test('has the functions behind the layers', () => {
  const x = ones([1, 1, 4, 4]);
  const y = F.maxPool2d(F.relu(F.conv2d(x, ones([2, 1, 3, 3]), { padding: 1 })), 2);
  expect(F.logSoftmax(F.linear(y.flatten(1), ones([3, 8])), 1).shape).toEqual([1, 3]);
  expect(F.pad(ones([1, 2, 2]), [1, 1], { mode: 'replicate' }).shape).toEqual([1, 2, 4]);
  expect(F.oneHot(tensor([0, 2], { dtype: 'int32' }), { numClasses: 3 }).shape).toEqual([2, 3]);
  expect(F.dropout(x, { training: false })).toBe(x);
});

test('glu and prelu have right gradients', () => {
  const x = tensor([[0.3, -1.2, 0.7, 2], [-0.4, 0.9, -2.1, 0.1]], { dtype: 'float64', requiresGrad: true }); // prettier-ignore
  const slopes = tensor([0.25, 0.5, -0.1, 2], { dtype: 'float64', requiresGrad: true });
  const one = tensor(0.3, { dtype: 'float64', requiresGrad: true });
  expect(autograd.gradcheck((x) => F.glu(x, 1), [x])).toBe(true);
  expect(autograd.gradcheck((x) => F.glu(x, 0), [x])).toBe(true);
  expect(autograd.gradcheck((x, w) => F.prelu(x, w), [x, slopes])).toBe(true);
  expect(autograd.gradcheck((x, w) => F.prelu(x, w), [x, one])).toBe(true);
});

test('glu and prelu say what does not fit', () => {
  expect(F.glu(ones([2, 0])).shape).toEqual([2, 0]);
  expect(() => F.glu(ones([2, 4]), 2)).toThrow('glu: dim 2 of [2, 4] cannot be halved.');
  expect(() => F.glu(ones([]))).toThrow('glu: dim -1 of [] cannot be halved.');
  expect(() => F.prelu(ones([2, 4]), ones([2, 2]))).toThrow('prelu: the weight [2, 2] does not fit the input [2, 4].');
});
