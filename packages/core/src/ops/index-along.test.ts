import { describe, expect, test } from 'vitest';
import { autograd, embedding, manualSeed, randn, tensor, useBackend, zeros, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const ints = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });
const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

await useBackend(checked(reference()));
manualSeed(2);

describe('derivatives, twice', () => {
  const index = ints([2, 0, 2]);
  const cases: [string, (...xs: Tensor[]) => Tensor, number[][]][] = [
    ['indexSelect', (x) => x.indexSelect(1, index), [[2, 3, 2]]],
    ['indexSelect of a transposed', (x) => x.transpose(0, 2).indexSelect(-1, ints([1, 1])), [[2, 3, 2]]],
    ['indexAdd', (x, y) => x.indexAdd(1, index, y, { alpha: 3 }), [[2, 3], [2, 3]]], // prettier-ignore
    ['indexCopy', (x, y) => x.indexCopy(0, ints([2, 0]), y), [[3, 2], [2, 2]]], // prettier-ignore
    ['indexFill', (x) => x.indexFill(0, ints([-1]), 4), [[3, 2]]],
    ['indexFill of a tensor', (x, v) => x.indexFill(0, ints([0, 2]), v), [[3, 2], []]], // prettier-ignore
    ['take', (x) => x.t().take(ints([[0, -1], [3, 3]])), [[2, 3]]], // prettier-ignore
    ['takeAlongDim', (x) => x.takeAlongDim(ints([[2], [0]]), 0), [[3, 4]]],
    ['takeAlongDim, flat', (x) => x.takeAlongDim(ints([5, 0, 5])), [[3, 2]]],
    ['embedding', (w) => embedding(w, ints([[1, 3], [3, 0]])), [[4, 2]]], // prettier-ignore
    ['indexAdd_ through a view', (x, y) => { const z = x.mul(1); z.t().indexAdd_(0, index, y); return z; }, [[2, 3], [3, 2]]], // prettier-ignore
    ['indexCopy_ through a view', (x, y) => { const z = x.mul(1); z.select(0, 1).indexCopy_(0, ints([1]), y); return z; }, [[2, 3], [1]]], // prettier-ignore
    ['indexFill_ through a view', (x) => { const z = x.mul(1); z.select(0, 1).indexFill_(0, ints([1]), 0); return z; }, [[2, 3]]], // prettier-ignore
  ];
  test.each(cases)('%s', (_, fn, shapes) => {
    const inputs = shapes.map((shape) => leaf(...shape));
    expect(gradcheck(fn, inputs)).toBe(true);
    expect(gradgradcheck(fn, inputs)).toBe(true);
  });
});

describe('embedding', () => {
  test('has the shape of the indices and one more dim, also for none and for 0 dims', () => {
    const weight = tensor([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
    expect(embedding(weight, tensor(2, { dtype: 'int32' })).toArraySync()).toEqual([5, 6]);
    expect(embedding(weight, zeros([2, 0], { dtype: 'int32' })).shape).toEqual([2, 0, 2]);
    expect(embedding(weight, ints([[2, 0]])).toArraySync()).toEqual([[[5, 6], [1, 2]]]); // prettier-ignore
  });

  test('gives the padding row no gradient, a negative one counted from the end, not even a NaN', () => {
    const weight = zeros([3, 2], { requiresGrad: true });
    const indices = ints([2, 0, 2, 1]);
    const grad = tensor([[NaN, 1], [2, 2], [3, Infinity], [4, 4]]); // prettier-ignore
    embedding(weight, indices, { paddingIdx: -1 }).backward(grad);
    expect(weight.grad?.toArraySync()).toEqual([[2, 2], [4, 4], [0, 0]]); // prettier-ignore
  });

  test('refuses what is no table and no row', () => {
    const weight = zeros([3, 2]);
    expect(() => embedding(weight, ints([[0, 1], [1, 3]]))).toThrow(
      'embedding: index 3 at position [1, 1] is out of range for dim 0 of size 3. Use 0 … 2.',
    ); // prettier-ignore
    expect(() => embedding(weight, tensor([0]))).toThrow('embedding: the index is float32, indices are int32');
    expect(() => embedding(zeros([3]), ints([0]))).toThrow('embedding: the weight has shape [3].');
    expect(() => embedding(weight, ints([0]), { paddingIdx: 3 })).toThrow('embedding: paddingIdx 3 is no row of 3.');
  });
});

describe('edges', () => {
  test('of 0-dim tensors and indices', () => {
    const zero = tensor(0, { dtype: 'int32' });
    expect(tensor(7).indexSelect(0, zero).toArraySync()).toBe(7);
    expect(tensor([1, 2]).indexSelect(0, zero).toArraySync()).toEqual([1]);
    const x = tensor(7);
    expect(x.indexAdd_(0, ints([0]), tensor([3]))).toBe(x);
    expect(x.indexFill_(0, zero, 4).itemSync()).toBe(4);
    expect(tensor(7).indexFill(0, zero, 1).shape).toEqual([]);
  });

  test('the same slice several times: added up, the last one kept', () => {
    expect(
      zeros([2])
        .indexAdd(0, ints([1, 1]), tensor([3, 4]))
        .toArraySync(),
    ).toEqual([0, 7]);
    expect(
      zeros([2])
        .indexCopy(0, ints([1, 1]), tensor([3, 4]))
        .toArraySync(),
    ).toEqual([0, 4]);
  });

  test('what is refused', () => {
    const x = zeros([3, 2]);
    expect(() => x.indexSelect(0, ints([0, -1]))).toThrow(
      'indexSelect: index -1 at position [1] is out of range for dim 0 of size 3. Use 0 … 2.',
    );
    expect(() => x.indexFill(0, ints([-4]), 1)).toThrow(
      'indexFill: index -4 at position [0] is out of range for dim 0 of size 3. Use -3 … 2.',
    );
    expect(() => x.take(ints([[5, 6]]))).toThrow(
      'take: index 6 at position [0, 1] is out of range for dim 0 of size 6. Use -6 … 5.',
    );
    expect(() => x.indexSelect(0, ints([[0]]))).toThrow('indexSelect: the index has shape [1, 1]. It must be a list');
    expect(() => x.indexAdd(0, ints([0]), zeros([2, 2]))).toThrow(
      'indexAdd: the source has shape [2, 2], [1, 2] is written. They must be equal.',
    );
    expect(() => x.indexFill(0, ints([0]), zeros([2]))).toThrow('It must be a number or a 0-dim tensor.');
    expect(() => x.takeAlongDim(ints([0]), 0)).toThrow('takeAlongDim: the indices have shape [1], the tensor [3, 2].');
  });
});
