import { arange, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { defaultCollate } from './default-collate.ts';
import { TensorDataset } from './tensor-dataset.ts';

beforeAll(() => useBackend(reference()));

describe('TensorDataset', () => {
  test('gives a row of each tensor', async () => {
    const dataset = new TensorDataset(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      tensor([7, 8, 9], { dtype: 'int32' }),
    );
    expect(dataset.length).toBe(3);
    const [x, y] = dataset.get(1);
    expect([await x.toArray(), await y.item()]).toEqual([[3, 4], 8]);
    expectTypeOf(dataset.get(0)).toEqualTypeOf<[Tensor, Tensor]>();
  });

  test('a batch is what collating its samples gives, also of views', async () => {
    const dataset = new TensorDataset(
      arange(24).reshape([2, 4, 3]).permute([1, 2, 0]),
      tensor([true, false, true, true]),
    );
    for (const indices of [[0], [3, 0, 0, 2], [1, 2, 3]]) {
      const [x, y] = dataset.getBatch(indices);
      const [x1, y1] = defaultCollate(indices.map((index) => dataset.get(index)));
      expect([x.dtype, x.shape, y.dtype, y.shape]).toEqual([x1.dtype, x1.shape, y1.dtype, y1.shape]);
      expect([await x.toArray(), await y.toArray()]).toEqual([await x1.toArray(), await y1.toArray()]);
    }
  });

  test('refuses tensors of different lengths, without dims, and none', () => {
    const message = 'Pass tensors of one length along dim 0.';
    expect(() => new TensorDataset(tensor([1, 2]), tensor([[1, 2]]))).toThrow(
      `TensorDataset: it got the shapes [2], [1, 2]. ${message}`,
    );
    expect(() => new TensorDataset(tensor(1))).toThrow(`TensorDataset: it got the shapes []. ${message}`);
    expect(() => new TensorDataset()).toThrow(`TensorDataset: it got no tensors. ${message}`);
  });

  test('refuses indices that are out of range, one by one and in batches', () => {
    const dataset = new TensorDataset(tensor([1, 2]));
    for (const index of [2, -1, 0.5]) {
      const message = `TensorDataset: index ${index} is out of range: the data set has 0 to 1.`;
      expect(() => dataset.get(index)).toThrow(message);
      expect(() => dataset.getBatch([0, index])).toThrow(message);
    }
  });
});
