import { arange, autograd, ones, randn, record, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Embedding, functional as F } from '../index.ts';

beforeAll(() => useBackend(reference()));

const indices = (...data: number[]): Tensor => tensor(data, { dtype: 'int32', shape: [data.length] });

test('fromPretrained shares memory and is frozen unless asked otherwise', async () => {
  const table = ones([3, 2]);
  const layer = Embedding.fromPretrained(table, { paddingIdx: -1 });
  expect([layer.weight.requiresGrad, layer.paddingIdx]).toEqual([false, 2]);
  table.mul_(2);
  expect(await layer(indices(2)).toArray()).toEqual([[2, 2]]);
  expect(Embedding.fromPretrained(table, { freeze: false }).weight.requiresGrad).toBe(true);
  expect(() => Embedding.fromPretrained(ones([3]))).toThrow('Embedding: the embeddings have shape [3].');
});

test('padding starts as zeros, also when drawn anew', async () => {
  const layer = new Embedding(3, 2, { paddingIdx: 1, dtype: 'float64' });
  layer.resetParameters();
  expect(await layer.weight.select(0, 1).toArray()).toEqual([0, 0]);
  expect(await layer.weight.ne(0).sum().item()).toBe(4);
  expect(layer.weight.dtype).toBe('float64');
});

test('maxNorm changes only the rows that are looked up and too long', async () => {
  const weight = tensor([[3, 4], [0.3, 0.4], [3, 4], [0, 0]], { requiresGrad: true }); // prettier-ignore
  const y = F.embedding(indices(0, 1, 3, 0), weight, { maxNorm: 1 });
  const rows = await weight.toArray();
  expect(rows).toEqual([[expect.closeTo(0.6, 5), expect.closeTo(0.8, 5)], [expect.closeTo(0.3), expect.closeTo(0.4)], [3, 4], [0, 0]]); // prettier-ignore
  expect(await y.select(0, 3).toArray()).toEqual((rows as number[][])[0]);
  y.sum().backward();
  expect(await weight.grad?.toArray()).toEqual([[2, 2], [1, 1], [0, 0], [1, 1]]); // prettier-ignore
});

test('gradients by frequency, twice differentiable', () => {
  const weight = randn([4, 2], { dtype: 'float64', requiresGrad: true });
  const look = (w: Tensor): Tensor => F.embedding(indices(1, 3, 2), w, { scaleGradByFreq: true, paddingIdx: 0 });
  expect(autograd.gradcheck(look, [weight])).toBe(true);
  expect(autograd.gradgradcheck((w) => look(w).square(), [weight])).toBe(true);
});

test('the lookup alone is one kernel', () => {
  const [weight, input] = [ones([4, 2]), arange(3)];
  expect(record(() => void F.embedding(input, weight)).programs.length).toBe(1);
});

test('shapes: no index, one, many', () => {
  const layer = new Embedding(3, 2);
  expect(layer(tensor(2, { dtype: 'int32' })).shape).toEqual([2]);
  expect(layer(tensor([], { dtype: 'int32', shape: [0, 4] })).shape).toEqual([0, 4, 2]);
  expect(new Embedding(3, 2, { maxNorm: 1 })(tensor([], { dtype: 'int32', shape: [0] })).shape).toEqual([0, 2]);
});

test('says what does not fit', () => {
  const layer = new Embedding(3, 2);
  expect(() => layer(indices(0, 3))).toThrow('embedding: index 3 at position [1] is out of range');
  expect(() => layer(indices(-1))).toThrow('embedding: index -1 at position [0] is out of range');
  expect(() => new Embedding(3, 2, { maxNorm: 1 })(indices(7))).toThrow('embedding: index 7');
  expect(() => layer(ones([2]))).toThrow('embedding: the index is float32, indices are int32.');
  expect(() => new Embedding(3, 2, { sparse: true })).toThrow(
    'Embedding: there are no sparse gradients. Leave out `sparse`: gradients are dense.',
  );
  expect(() => F.embedding(indices(0), ones([3, 2]), { sparse: true })).toThrow('embedding: there are no sparse');
  expect(() => F.embedding(indices(0), ones([3]))).toThrow('embedding: the weight has shape [3].');
  expect(() => new Embedding(3, 2, { paddingIdx: 3 })).toThrow(
    'Embedding: paddingIdx 3 is no row of 3. Use -3 … 2, or leave it out.',
  );
  expect(() => new Embedding(3, 2, { paddingIdx: -4 })).toThrow('paddingIdx -4 is no row');
  expect(() => new Embedding(3, 2, { maxNorm: -1 })).toThrow('Embedding: maxNorm is -1. It must be ≥ 0.');
  expect(() => new Embedding(-3, 2)).toThrow('Embedding: numEmbeddings is -3. It must be an integer ≥ 0.');
});

test('prints', () => {
  expect(String(new Embedding(3, 2))).toBe('Embedding(3, 2)');
  const options = { paddingIdx: 0, maxNorm: 2, normType: 1, scaleGradByFreq: true };
  expect(String(new Embedding(3, 2, options))).toBe(
    'Embedding(3, 2, paddingIdx=0, maxNorm=2, normType=1, scaleGradByFreq=true)',
  );
});
