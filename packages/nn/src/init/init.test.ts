// The numbers themselves are compared with PyTorch's in packages/conformance; here is what must hold whatever they are.

import { empty, manualSeed, ones, tensor, useBackend, zeros } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { Conv2d, init, Parameter } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('every initialiser', () => {
  const all = Object.entries(init).filter(([name]) => name.endsWith('_')) as unknown as [
    string,
    (w: Parameter, ...rest: unknown[]) => Parameter,
  ][];

  test.each(all)('%s changes a parameter in place, outside of gradients, and returns it', (name, fill) => {
    const shape = name === 'dirac_' ? [4, 2, 3] : [4, 3];
    const w = new Parameter(empty(shape).fill_(99));
    const rest = name === 'constant_' ? [2] : name === 'sparse_' ? [0.5] : [];
    expect(fill(w, ...rest)).toBe(w);
    expect([w.requiresGrad, w.isLeaf, w.shape]).toEqual([true, true, shape]);
    expect([...w.detach().dataSync()]).not.toContain(99);
  });

  test.each(all.filter(([name]) => !['dirac_', 'eye_', 'sparse_'].includes(name)))(
    '%s keeps to a view',
    (_name, fill) => {
      const whole = zeros([4, 6]);
      fill(whole.slice(1, 0, 6, 2) as Parameter, 1);
      expect(whole.slice(1, 1, 6, 2).dataSync().every((v) => v === 0)).toBe(true); // prettier-ignore
    },
  );
});

test('truncNormal_ stays in its range, far out too', () => {
  manualSeed(1);
  const w = init.truncNormal_(empty([1000]), { mean: 3, std: 2, a: -1, b: 4 });
  const values = [...w.dataSync()];
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
  expect(Math.max(...values)).toBeLessThanOrEqual(4);
  const tail = [...init.truncNormal_(empty([50]), { a: 8, b: 9 }).dataSync()];
  expect(tail.every((v) => v >= 8 && v <= 9)).toBe(true);
  expect(() => init.truncNormal_(w, { a: 2, b: 1 })).toThrow('truncNormal_: std is 1, the range [2, 1].');
});

test('orthogonal_ gives orthonormal rows or columns, whichever are fewer', async () => {
  for (const shape of [
    [3, 5],
    [5, 3],
    [4, 4],
    [3, 2, 2],
    [1, 4],
  ]) {
    const w = init.orthogonal_(empty(shape, { dtype: 'float64' }), { gain: 2 }).flatten(1);
    const [rows = 0, columns = 0] = w.shape;
    const gram = rows <= columns ? w.matmul(w.t()) : w.t().matmul(w);
    const n = Math.min(rows, columns);
    (await gram.data()).forEach((v, k) => expect(v).toBeCloseTo(k % (n + 1) === 0 ? 4 : 0, 12));
  }
});

test('sparse_ leaves so many zeros in each column', async () => {
  const w = init.sparse_(ones([10, 4]), 0.35);
  expect(await w.eq(0).sum(0).toArray()).toEqual([4, 4, 4, 4]);
  expect(() => init.sparse_(w, 1.5)).toThrow('sparse_: the sparsity is 1.5. It must lie in [0, 1].');
});

test('layers draw within ±1/√fanIn, weight before bias', () => {
  manualSeed(5);
  const conv = new Conv2d(4, 6, 3, { groups: 2 });
  const bound = 1 / Math.sqrt(18);
  for (const p of conv.parameters()) expect(Math.max(...[...p.dataSync()].map(Math.abs))).toBeLessThanOrEqual(bound);
  manualSeed(5);
  const weight = init.kaimingUniform_(empty([6, 2, 3, 3]), { a: Math.sqrt(5) });
  const bias = init.uniform_(empty([6]), { a: -bound, b: bound });
  expect(conv.weight.dataSync()).toEqual(weight.dataSync());
  expect(conv.bias?.dataSync()).toEqual(bias.dataSync());
});

test('what cannot be filled is named', () => {
  expect(() => init.xavierUniform_(empty([3]))).toThrow(
    'xavierUniform_: a weight of shape [3] has no fan in and fan out.',
  );
  expect(() => init.kaimingNormal_(empty([2, 2]), { mode: 'fan_avg' as never })).toThrow(
    "there is no mode \"fan_avg\". Use 'fan_in' or 'fan_out'.",
  );
  expect(() => init.calculateGain('relu7' as never)).toThrow(
    'calculateGain: there is no nonlinearity "relu7". Known: linear, conv1d',
  );
  expect(() => init.calculateGain('toString' as never)).toThrow('there is no nonlinearity');
  expect(() => init.eye_(empty([2, 2, 2]))).toThrow('eye_: it fills matrices, not [2, 2, 2].');
  expect(() => init.dirac_(empty([3, 2, 1]), { groups: 2 })).toThrow('dirac_: 2 groups do not divide 3 channels.');
  expect(() => init.orthogonal_(empty([3]))).toThrow('orthogonal_: it takes at least 2 dims, not [3].');
  expect(() => init.uniform_(tensor([1], { dtype: 'int32' }))).toThrow('it draws floats, not int32');
  expect(() => init.truncNormal_(tensor([1], { dtype: 'int32' }))).toThrow('it draws floats, not int32');
  expect(init.kaimingUniform_(empty([0, 2])).shape).toEqual([0, 2]);
});
