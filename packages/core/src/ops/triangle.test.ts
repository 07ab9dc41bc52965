import { describe, expect, test } from 'vitest';
import { autograd, manualSeed, randn, tensor, useBackend, zeros, ones, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

await useBackend(checked(reference()));
manualSeed(7);

describe('derivatives, twice', () => {
  const cases: [string, (x: Tensor) => Tensor, number[]][] = [
    ['tril', (x) => x.tril({ diagonal: 1 }), [2, 3, 4]],
    ['triu of a transposed', (x) => x.t().triu({ diagonal: -1 }), [4, 3]],
    ['diagEmbed', (x) => x.diagEmbed({ offset: 1 }), [2, 3]],
    ['diagEmbed over other dims', (x) => x.diagEmbed({ offset: -2, dim1: 2, dim2: 0 }), [2, 3]],
    ['diag of a vector', (x) => x.diag({ diagonal: -1 }), [3]],
    ['diag of a matrix', (x) => x.diag({ diagonal: 1 }), [3, 4]],
    ['trace', (x) => x.trace(), [3, 4]],
  ];
  test.each(cases)('%s', (_, fn, shape) => {
    const x = leaf(...shape);
    expect(gradcheck(fn, [x])).toBe(true);
    expect(gradgradcheck(fn, [x])).toBe(true);
  });
});

test('tril and triu of one row, one column, a batch of none, and diagonals far out', () => {
  expect(ones([1, 3]).tril().toArraySync()).toEqual([[1, 0, 0]]);
  expect(ones([3, 1]).triu().toArraySync()).toEqual([[1], [0], [0]]);
  expect(ones([2, 1, 2]).tril().toArraySync()).toEqual([[[1, 0]], [[1, 0]]]); // prettier-ignore
  expect(zeros([0, 2, 2]).tril().shape).toEqual([0, 2, 2]);
  expect(zeros([2, 0, 3]).triu().shape).toEqual([2, 0, 3]);
  expect(ones([2, 2]).tril({ diagonal: 9 }).toArraySync()).toEqual([[1, 1], [1, 1]]); // prettier-ignore
  expect(ones([2, 2]).triu({ diagonal: 9 }).toArraySync()).toEqual([[0, 0], [0, 0]]); // prettier-ignore
  expect(
    tensor([[NaN, Infinity]])
      .triu({ diagonal: 1 })
      .toArraySync(),
  ).toEqual([[0, Infinity]]);
});

test('diagEmbed is what diagonal reads', () => {
  const x = tensor([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
  for (const where of [{}, { offset: 2 }, { offset: -1 }, { dim1: 0, dim2: 2 }, { dim1: 2, dim2: 1, offset: 1 }]) {
    const square = x.diagEmbed(where);
    const read = square.diagonal({ dim1: -2, dim2: -1, ...where });
    expect([where, read.toArraySync()]).toEqual([where, x.toArraySync()]);
    expect(square.sum().itemSync()).toBe(21);
  }
});

test('what is refused', () => {
  expect(() => zeros([3]).tril()).toThrow('tril: it takes matrices, not shape [3]. Give it at least 2 dims.');
  expect(() => zeros([2, 2, 2]).diag()).toThrow('diag: it takes a vector or a matrix, not shape [2, 2, 2].');
  expect(() => zeros([2]).trace()).toThrow('trace: it takes a matrix, not shape [2].');
  expect(() => zeros([2]).diagEmbed({ dim1: 1, dim2: -1 })).toThrow(
    'diagEmbed: shape [2] does not spread over dims 1 and -1.',
  );
});
