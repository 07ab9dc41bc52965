import { describe, expect, test } from 'vitest';
import { broadcastTensors, meshgrid, oneHot, tensor, useBackend, zeros, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

await useBackend(checked(reference()));

const ints = (data: number[]): Tensor => tensor(data, { dtype: 'int32' });

describe('broadcastTensors', () => {
  test('expands all to one shape, without memory', () => {
    const [x, y] = [zeros([3, 1]), zeros([2])];
    const made = broadcastTensors(x, y);
    expect(made.map((t) => t.shape)).toEqual([[3, 2], [3, 2]]); // prettier-ignore
    expect(made.map((t) => t.storage)).toEqual([x.storage, y.storage]);
    expect(x.broadcastTo([2, 3, 4]).shape).toEqual([2, 3, 4]);
    expect(() => broadcastTensors(x, zeros([2, 2]))).toThrow(
      'broadcastTensors: shapes [3, 1] and [2, 2] do not broadcast',
    );
  });
});

describe('meshgrid', () => {
  test('varies each vector along its own dim', () => {
    const [a, b] = meshgrid([tensor([1, 2]), tensor([3, 4, 5])]);
    expect(a?.toArraySync()).toEqual([[1, 1, 1], [2, 2, 2]]); // prettier-ignore
    expect(b?.toArraySync()).toEqual([[3, 4, 5], [3, 4, 5]]); // prettier-ignore
    expect(meshgrid([tensor(1), tensor([2, 3])]).map((x) => x.shape)).toEqual([[1, 2], [1, 2]]); // prettier-ignore
  });
  test('xy exchanges the first two', () => {
    const [a, b, c] = meshgrid([tensor([1, 2]), tensor([3, 4, 5]), tensor([6])], { indexing: 'xy' });
    expect(a?.toArraySync()).toEqual([[[1], [2]], [[1], [2]], [[1], [2]]]); // prettier-ignore
    expect([b?.shape, c?.shape]).toEqual([[3, 2, 1], [3, 2, 1]]); // prettier-ignore
    expect(b?.select(2, 0).toArraySync()).toEqual([[3, 3], [4, 4], [5, 5]]); // prettier-ignore
  });
  test('refuses matrices, nothing, and another order', () => {
    expect(() => meshgrid([zeros([2, 2])])).toThrow('meshgrid: tensor 0 has shape [2, 2]. Each must be a vector.');
    expect(() => meshgrid([])).toThrow('meshgrid: there is nothing to make a grid of.');
    expect(() => meshgrid([zeros([1])], { indexing: 'ji' as 'ij' })).toThrow('meshgrid: there is no indexing "ji".');
  });
});

describe('oneHot', () => {
  test('has a row per class', () => {
    const hot = oneHot(ints([2, 0]), { numClasses: 4 });
    expect([hot.dtype, hot.toArraySync()]).toEqual(['int32', [[0, 0, 1, 0], [1, 0, 0, 0]]]); // prettier-ignore
    expect(oneHot(ints([1, 0])).shape).toEqual([2, 2]);
    expect(oneHot(tensor(1, { dtype: 'int32' })).toArraySync()).toEqual([0, 1]);
    expect(oneHot(zeros([0], { dtype: 'int32' }), { numClasses: 3 }).shape).toEqual([0, 3]);
    expect(oneHot(ints([0, 0])).toArraySync()).toEqual([[1], [1]]); // prettier-ignore
  });
  test('refuses classes out of range by value and place', () => {
    expect(() => oneHot(ints([0, 3, 4]), { numClasses: 3 })).toThrow(
      'oneHot: class 3 at position 1 is out of range. Use 0 … 2.',
    );
    expect(() => oneHot(ints([1, -1]))).toThrow('oneHot: class -1 at position 1 is out of range. Use 0 … 1.');
    expect(() => oneHot(zeros([0], { dtype: 'int32' }))).toThrow('oneHot: -1 classes cannot be shown.');
    expect(() => oneHot(zeros([1]))).toThrow('oneHot: the index is float32, indices are int32.');
  });
});

describe('allclose and equal', () => {
  const x = tensor([1, NaN, Infinity]);
  test('compare as PyTorch does', () => {
    expect(tensor([1]).allclose(tensor([1 + 1e-6]))).toBe(true);
    expect(tensor([1]).allclose(tensor([1.1]))).toBe(false);
    expect(tensor([1]).allclose(tensor([1.1]), { atol: 0.2 })).toBe(true);
    expect([x.allclose(x), x.allclose(x, { equalNan: true })]).toEqual([false, true]);
    expect([x.equal(x), tensor([1, 2]).equal(tensor([1, 2])), tensor([1]).equal(tensor([[1]]))]).toEqual([
      false,
      true,
      false,
    ]);
    expect(zeros([0]).equal(zeros([0]))).toBe(true);
  });
});
