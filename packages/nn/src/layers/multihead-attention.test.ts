import { autograd, noGrad, ones, randn, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { MultiheadAttention } from '../index.ts';

beforeAll(() => useBackend(reference()));

test('has right gradients', () => {
  const layer = new MultiheadAttention(4, 2, { dtype: 'float64', addBiasKv: true, addZeroAttn: true });
  const wide = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
  const f = (q: Tensor, k: Tensor, v: Tensor): Tensor => layer(q, k, v)[0];
  expect(autograd.gradcheck(f, [wide(2, 1, 4), wide(3, 1, 4), wide(3, 1, 4)])).toBe(true);
});

test('a tensor may be query, key and value at once', async () => {
  const layer = new MultiheadAttention(4, 2, { batchFirst: true });
  const x = randn([2, 3, 4]);
  const [y] = layer(x, x, x, { needWeights: false });
  const [z] = layer(x, x.clone(), x.clone());
  expect(await y.toArray()).toEqual(await z.toArray());
});

test('weights are of each head or their mean, and sum to 1', async () => {
  const layer = new MultiheadAttention(6, 3);
  const [q, k] = [randn([2, 5, 6]), randn([4, 5, 6])];
  const [, mean] = layer(q, k, k);
  const [, each] = layer(q, k, k, { averageAttnWeights: false });
  expect([mean?.shape, each?.shape]).toEqual([[5, 2, 4], [5, 3, 2, 4]]); // prettier-ignore
  const sums = (await each?.sum(-1).data()) ?? [];
  for (const sum of sums) expect(sum).toBeCloseTo(1, 6);
  expect(layer(q, k, k, { needWeights: false })[1]).toBeNull();
  expectTypeOf(layer).returns.toEqualTypeOf<[output: Tensor, weights: Tensor | null]>();
});

test('a query whose keys are all padding gets the bias of the output alone', async () => {
  const layer = new MultiheadAttention(2, 1);
  const x = randn([3, 1, 2]);
  const keyPaddingMask = tensor([[true, true, true]]);
  expect(await noGrad(() => layer(x, x, x, { keyPaddingMask })[0]).toArray()).toEqual([[[0, 0]], [[0, 0]], [[0, 0]]]); // prettier-ignore
});

test('dropout drops weights in training only', async () => {
  const layer = new MultiheadAttention(2, 1, { dropout: 1 });
  const x = randn([3, 1, 2]);
  expect(await layer(x, x, x)[1]?.sum().item()).toBe(0);
  expect(await layer.eval()(x, x, x)[1]?.sum().item()).toBeCloseTo(3, 5);
});

test('says what does not fit', () => {
  const layer = new MultiheadAttention(4, 2);
  const x = ones([3, 2, 4]);
  expect(() => layer(ones([3, 2, 5]), x, x)).toThrow('MultiheadAttention: the query has shape [3, 2, 5]');
  expect(() => layer(x, ones([3, 4]), ones([3, 4]))).toThrow(
    'the key has shape [3, 4], the query [3, 2, 4]. It must be [L, N, 4], or [L, 4] where the query has 2 dims.',
  );
  expect(() => layer(x, x, ones([4, 2, 4]))).toThrow('Their lengths and batches must be equal.');
  expect(() => layer(x, ones([3, 1, 4]), ones([3, 1, 4]))).toThrow('is a batch of 2, the key [3, 1, 4] of 1.');
  expect(() => layer(x, x, x, { attnMask: ones([2, 2]) })).toThrow(
    'MultiheadAttention: attnMask has shape [2, 2]. It must be [3, 3] or [4, 3, 3].',
  );
  expect(() => layer(x, x, x, { keyPaddingMask: ones([3, 2]) })).toThrow('keyPaddingMask has shape [3, 2]. It must be [2, 3].'); // prettier-ignore
  expect(() => layer(x, x, x, { attnMask: ones([3, 3], { dtype: 'uint8' }) })).toThrow(
    'attnMask is uint8. It must be bool, or float32 as the query is.',
  );
  expect(() => new MultiheadAttention(5, 2)).toThrow(
    'MultiheadAttention: embedDim is 5, which 2 heads do not divide. Use a multiple of numHeads.',
  );
  expect(() => new MultiheadAttention(4, 0)).toThrow('numHeads is 0. It must be an integer ≥ 1.');
  expect(() => new MultiheadAttention(4, 2, { dropout: -1 })).toThrow('the probability is -1.');
});
