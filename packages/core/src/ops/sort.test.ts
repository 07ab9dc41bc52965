import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { autograd, manualSeed, randn, tensor, useBackend, zeros, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
const arrays = (result: { values: Tensor; indices: Tensor }): unknown => [
  result.values.toArraySync(),
  result.indices.toArraySync(),
];

await useBackend(checked(reference()));
manualSeed(6);

describe('derivatives, twice', () => {
  const cases: [string, (x: Tensor) => Tensor, number[]][] = [
    ['sort', (x) => x.sort(1).values, [2, 4, 2]],
    ['descending sort of a transposed', (x) => x.t().sort(0, { descending: true }).values, [2, 4]],
    ['msort', (x) => x.msort(), [4, 2]],
    ['topk', (x) => x.topk(2, 0).values, [4, 3]],
    ['topk of the smallest', (x) => x.topk(2, { largest: false }).values, [5]],
    ['kthvalue', (x) => x.kthvalue(2, 0, { keepdim: true }).values, [4, 3]],
    ['median', (x) => x.median(1).values, [2, 4]],
    ['median of all', (x) => x.median(), [3, 3]],
    ['sort of 0 dims', (x) => x.sort().values, []],
  ];
  test.each(cases)('%s', (_, fn, shape) => {
    const x = leaf(...shape);
    expect(gradcheck(fn, [x])).toBe(true);
    expect(gradgradcheck(fn, [x])).toBe(true);
  });
});

describe('sort', () => {
  test('is stable both ways, NaN greatest, and its indices find the values', () => {
    const number = fc.constantFrom(0, -0, 1, -1, 2.5, Infinity, -Infinity, NaN);
    fc.assert(
      fc.property(fc.array(number, { maxLength: 12 }), fc.boolean(), (list, descending) => {
        const rank = (v: number): number => (Number.isNaN(v) ? Infinity : v);
        const order = list.map((_, k) => k).sort((i, j) => {
          const [a, b] = descending ? [list[j]!, list[i]!] : [list[i]!, list[j]!];
          if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
          return rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b));
        }); // prettier-ignore
        expect(arrays(tensor(list).sort({ descending }))).toEqual([order.map((k) => list[k]), order]);
      }),
    );
  });

  test('of nothing and of one', () => {
    expect(arrays(tensor(7).sort())).toEqual([7, 0]);
    expect(zeros([0, 2]).sort(0).indices.shape).toEqual([0, 2]);
    expect(zeros([2, 0]).sort().values.shape).toEqual([2, 0]);
    expect(arrays(tensor([[3], [1]]).sort(1))).toEqual([[[3], [1]], [[0], [0]]]); // prettier-ignore
  });

  test('gives indices that are int32 and have no gradient', () => {
    const { values, indices } = leaf(3).sort();
    expect([indices.dtype, indices.requiresGrad, values.requiresGrad]).toEqual(['int32', false, true]);
    expect(leaf(3).argsort().requiresGrad).toBe(false);
  });

  test('refuses a dim that is not there', () => {
    expect(() => zeros([2]).sort(1)).toThrow('sort: dim 1 is out of range for a tensor of 1 dims. Use -1 … 0.');
  });
});

describe('topk and kthvalue', () => {
  test('of 0 dims', () => {
    expect(arrays(tensor(5).topk(1))).toEqual([5, 0]);
    expect(arrays(tensor(5).kthvalue(1))).toEqual([5, 0]);
    expect(tensor(5).topk(0).values.shape).toEqual([0]);
  });

  test('refuse more than there is', () => {
    expect(() => zeros([2, 3]).topk(4)).toThrow('topk: there are no 4 elements along dim -1 of [2, 3]. Use 0 … 3.');
    expect(() => zeros([2, 3]).topk(1.5, 0)).toThrow('topk: there are no 1.5 elements along dim 0 of [2, 3].');
    expect(() => zeros([2, 3]).kthvalue(0)).toThrow(
      'kthvalue: there is no element 0 along dim -1 of [2, 3]. Use 1 … 3.',
    );
    expect(() => zeros([0]).kthvalue(1)).toThrow('kthvalue: there is no element 1');
  });
});

describe('median', () => {
  test('is the lower of the two in the middle', () => {
    expect(tensor([4, 1, 3, 2]).median().itemSync()).toBe(2);
    expect(arrays(tensor([[4, 1, 3], [9, 7, 8]]).median(1))).toEqual([[3, 8], [2, 2]]); // prettier-ignore
    expect(tensor([[4, 1, 3]]).median(1, { keepdim: true }).values.shape).toEqual([1, 1]);
  });

  test('is NaN where there is one', () => {
    expect(arrays(tensor([[3, NaN, 1], [1, 2, 3]]).median(1))).toEqual([[NaN, 2], [1, 1]]); // prettier-ignore
    expect(arrays(tensor([[NaN, 3, NaN]]).median(1))).toEqual([[NaN], [0]]); // prettier-ignore
  });
  test('of all shares its gradient among equal elements', () => {
    const gradOf = (...data: number[]): unknown => {
      const x = tensor(data, { requiresGrad: true });
      x.median().mul(6).backward();
      return x.grad?.toArraySync();
    };
    expect(gradOf(4, 1, 3, 1, 1)).toEqual([0, 2, 0, 2, 2]);
    expect(gradOf(4, NaN, 3, NaN)).toEqual([0, 3, 0, 3]);
    expect(zeros([0]).median().itemSync()).toBeNaN();
    expect(() => zeros([2, 0]).median(1)).toThrow('median: dim 1 of [2, 0] has no elements. Give it at least one.');
  });
});
