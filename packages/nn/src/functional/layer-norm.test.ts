import { autograd, ones, randn, record, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { functional as F, LayerNorm } from '../index.ts';

beforeAll(() => useBackend(reference()));

const wide = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

test('has right gradients, and right second ones', () => {
  const norm = (x: Tensor, weight: Tensor, bias: Tensor): Tensor => F.layerNorm(x, [3], { weight, bias, eps: 0.1 });
  expect(autograd.gradcheck(norm, [wide(2, 2, 3), wide(3), wide(3)])).toBe(true);
  expect(autograd.gradgradcheck(norm, [wide(2, 3), wide(3), wide(3)])).toBe(true);
  expect(autograd.gradcheck((x) => F.layerNorm(x.transpose(0, 2), [3, 2]), [wide(2, 3, 2)])).toBe(true);
});

test('is one kernel, the same for every length of the batch', () => {
  const weight = ones([4]);
  const programsOf = (n: number): string[] =>
    record(() => F.layerNorm(ones([n, 4]), [4], { weight, eps: 1 / n })).programs.map((p) => p.key);
  expect(programsOf(2).length).toBe(record(() => ones([2, 4])).programs.length + 1);
  for (const n of [3, 7, 100]) expect(programsOf(n)).toEqual(programsOf(2));
});

test('keeps its digits far from 0, and a constant row is 0', async () => {
  const x = tensor([[1e4, 1e4 + 1], [7, 7]]); // prettier-ignore
  expect(await F.layerNorm(x.select(0, 0), [2], { eps: 0 }).toArray()).toEqual([-1, 1]);
  expect(await F.layerNorm(x.select(0, 1), [2]).toArray()).toEqual([0, 0]);
});

test('empty batches and empty rows', () => {
  expect(F.layerNorm(ones([0, 3]), [3]).shape).toEqual([0, 3]);
  expect(F.layerNorm(ones([2, 0]), [0]).shape).toEqual([2, 0]);
});

test('says what does not fit', () => {
  expect(() => F.layerNorm(ones([2, 4]), [3])).toThrow(
    'layerNorm: the input [2, 4] does not end in the normalized shape [3]. Pass [*, 3].',
  );
  expect(() => F.layerNorm(ones([3]), [2, 3])).toThrow('does not end in the normalized shape [2, 3]');
  expect(() => F.layerNorm(ones([3]), [])).toThrow('layerNorm: the normalized shape is [].');
  expect(() => F.layerNorm(ones([3]), [3], { weight: ones([1]) })).toThrow(
    'layerNorm: the weight has shape [1], the normalized shape is [3]. They must be equal.',
  );
  expect(() => F.layerNorm(ones([3]), [3], { bias: ones([3], { dtype: 'float64' }) })).toThrow(
    "layerNorm: the bias is float64, the input float32. Convert one with `.to('float32')`.",
  );
  expect(() => F.layerNorm(ones([3], { dtype: 'int32' }), [3])).toThrow('layerNorm: the input is int32.');
  expect(() => new LayerNorm([])).toThrow('LayerNorm: the normalized shape is [].');
  expect(() => new LayerNorm([2, 0.5])).toThrow('LayerNorm: normalizedShape is 0.5. It must be an integer ≥ 0.');
});

test('the layer prints and resets', async () => {
  const layer = new LayerNorm([2, 3], { eps: 0.5 });
  expect(String(layer)).toBe('LayerNorm([2, 3], eps=0.5, elementwiseAffine=true)');
  layer.loadStateDict({ weight: ones([2, 3]).mul(3), bias: ones([2, 3]) });
  layer.resetParameters();
  expect(await layer.weight?.sum().item()).toBe(6);
  expect(await layer.bias?.sum().item()).toBe(0);
  expect(Object.keys(new LayerNorm(3, { elementwiseAffine: false }).stateDict())).toEqual([]);
});
