import { autograd, manualSeed, ones, randn, record, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { functional as F } from '../index.ts';

beforeAll(() => useBackend(reference()));

const wide = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
const { scaledDotProductAttention: attend } = F;

test('has right gradients under a mask that is learned', () => {
  const f = (q: Tensor, k: Tensor, v: Tensor, attnMask: Tensor): Tensor => attend(q, k, v, { attnMask });
  expect(autograd.gradcheck(f, [wide(2, 2, 3), wide(2, 4, 3), wide(2, 4, 2), wide(2, 4)])).toBe(true);
});

test('is two products and a kernel, whatever the lengths', () => {
  const programsOf = (n: number): string[] => {
    const [q, k, v] = [randn([2, n, 4]), randn([2, n, 4]), randn([2, n, 4])];
    return record(() => void attend(q, k, v, { isCausal: true })).programs.map((p) => p.key);
  };
  expect(programsOf(3).length).toBe(3);
  for (const n of [4, 9]) expect(programsOf(n)).toEqual(programsOf(3));
});

test('a query that may look at nothing gives zeros, and no gradient', async () => {
  const [q, k, v] = [wide(2, 3), wide(2, 3), wide(2, 3)];
  const attnMask = tensor([[true, true], [false, false]]); // prettier-ignore
  const y = attend(q, k, v, { attnMask });
  expect(await y.select(0, 1).toArray()).toEqual([0, 0, 0]);
  y.sum().backward();
  expect(await q.grad?.select(0, 1).toArray()).toEqual([0, 0, 0]);
  expect(await v.grad?.isfinite().all().item()).toBe(1);
});

test('a causal query does not see what comes later, not even NaN', async () => {
  const q = ones([3, 2]);
  const v = tensor([[1, 1], [2, 2], [3, 3]]); // prettier-ignore
  const k = tensor([[1, 0], [1, 0], [NaN, 0]]); // prettier-ignore
  const y = (await attend(q, k, v, { isCausal: true }).toArray()) as number[][];
  expect(y.slice(0, 2)).toEqual([[1, 1], [1.5, 1.5]]); // prettier-ignore
});

test('scores of ±1e4 stay finite', async () => {
  const q = tensor([[1e4], [-1e4]], { requiresGrad: true }); // prettier-ignore
  const y = attend(q, tensor([[1], [-1]]), tensor([[5], [7]])); // prettier-ignore
  expect(await y.toArray()).toEqual([[5], [7]]);
  y.sum().backward();
  expect(await q.grad?.toArray()).toEqual([[0], [0]]);
});

test('dropout drops weights', async () => {
  manualSeed(0);
  const q = ones([1, 2]);
  const [k, v] = [ones([400, 2]), ones([400, 1])];
  const y = await attend(q, k, v, { dropoutP: 0.5 }).item();
  expect(y).not.toBe(1);
  expect(Math.abs(y - 1)).toBeLessThan(0.3);
});

test('says what does not fit', () => {
  const x = ones([2, 3]);
  expect(() => attend(x, ones([2, 4]), x)).toThrow(
    'scaledDotProductAttention: the query [2, 3] and the key [2, 4] differ in the last dim. Make them equal.',
  );
  expect(() => attend(x, x, ones([4, 3]))).toThrow('the key [2, 3] has 2 positions, the value [4, 3] 4.');
  expect(() => attend(ones([3]), x, x)).toThrow('the query has shape [3]. It needs 2 dims or more');
  expect(() => attend(x, x, ones([2, 3], { dtype: 'float64' }))).toThrow('the value is float64, the query float32.');
  expect(() => attend(x, x, x, { attnMask: ones([2, 2]), isCausal: true })).toThrow(
    'there are both attnMask and isCausal.',
  );
  expect(() => attend(x, x, x, { attnMask: ones([2, 3]) })).toThrow(
    'scaledDotProductAttention: attnMask has shape [2, 3], the scores [2, 2]. It must broadcast to that.',
  );
  expect(() => attend(x, x, x, { attnMask: ones([1, 2, 2]) })).toThrow('attnMask has shape [1, 2, 2]');
  expect(() => attend(x, x, x, { attnMask: ones([2, 2], { dtype: 'int32' }) })).toThrow(
    'attnMask is int32. It must be bool, or float32 as the query is.',
  );
  expect(() => attend(x, x, x, { dropoutP: 2 })).toThrow('the probability is 2.');
});
