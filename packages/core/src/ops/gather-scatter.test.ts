import { describe, expect, test } from 'vitest';
import { autograd, manualSeed, randn, record, tensor, useBackend, zeros, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const ints = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });
const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

await useBackend(checked(reference()));
manualSeed(1);

const twice = (fn: (...xs: Tensor[]) => Tensor, inputs: Tensor[]): boolean =>
  gradcheck(fn, inputs) && gradgradcheck(fn, inputs);

describe('derivatives, twice', () => {
  const index = ints([
    [0, 2],
    [1, 1],
    [3, 0],
  ]);

  test('gather', () => expect(twice((x) => x.gather(1, index), [leaf(3, 4)])).toBe(true));
  test('gather of what is not contiguous', () =>
    expect(
      twice(
        (x) =>
          x
            .t()
            .narrow(0, 1, 2)
            .gather(1, ints([[2, 2, 0]])),
        [leaf(3, 4)],
      ),
    ).toBe(true));
  test('scatter', () =>
    expect(twice((x, y) => x.scatter(1, index.narrow(0, 0, 1), y), [leaf(3, 4), leaf(2, 3)])).toBe(true));
  test('scatter of a number', () => expect(twice((x) => x.scatter(1, index, 2), [leaf(3, 4)])).toBe(true));
  test('scatter that adds', () =>
    expect(twice((x, y) => x.scatter(1, index, y, { reduce: 'add' }), [leaf(3, 4), leaf(3, 2)])).toBe(true));
  test('scatter that multiplies', () =>
    expect(twice((x, y) => x.scatter(1, index, y, { reduce: 'multiply' }), [leaf(3, 4), leaf(3, 2)])).toBe(true));
  test('scatterAdd', () => expect(twice((x, y) => x.scatterAdd(1, index, y), [leaf(3, 4), leaf(3, 2)])).toBe(true));

  for (const reduce of ['sum', 'prod', 'mean', 'amax', 'amin'] as const) {
    for (const includeSelf of [true, false]) {
      test(`scatterReduce ${reduce}${includeSelf ? '' : ' without self'}`, () =>
        expect(twice((x, y) => x.scatterReduce(1, index, y, reduce, { includeSelf }), [leaf(3, 4), leaf(3, 2)])).toBe(
          true,
        ));
    }
  }

  test('a product with one zero in a group, in self or in the source', () => {
    const at = ints([0, 0, 1, 1, 2, 2]);
    const self = tensor([2, 0, 3], { dtype: 'float64', requiresGrad: true });
    const source = tensor([0, 5, 7, 2, 4, 3], { dtype: 'float64', requiresGrad: true });
    expect(twice((x, y) => x.scatterReduce(0, at, y, 'prod'), [self, source])).toBe(true);
  });
});

describe('values', () => {
  test('equal ones share the gradient of amax, self only if it takes part', () => {
    const grads = (includeSelf: boolean): unknown[] => {
      const x = tensor([3, 1], { requiresGrad: true });
      const y = tensor([3, 3], { requiresGrad: true });
      x.scatterReduce(0, ints([0, 0]), y, 'amax', { includeSelf })
        .sum()
        .backward();
      return [x.grad?.toArraySync(), y.grad?.toArraySync()];
    };
    expect(grads(true)).toEqual([[Math.fround(1 / 3), 1], [Math.fround(1 / 3), Math.fround(1 / 3)]]); // prettier-ignore
    expect(grads(false)).toEqual([
      [0, 1],
      [0.5, 0.5],
    ]);
  });

  test('the mean of integers is rounded down', () => {
    const x = tensor([5, 7], { dtype: 'int32' }).scatterReduce(0, ints([0, 0]), ints([1, -12]), 'mean');
    expect([x.dtype, x.toArraySync()]).toEqual(['int32', [-2, 7]]);
  });

  test('the smallest numbers of every dtype stand for what is not included', () => {
    for (const dtype of ['int32', 'uint8'] as const) {
      const x = tensor([9, 8], { dtype });
      const source = tensor([3, 5], { dtype });
      const reduced = (reduce: 'amax' | 'amin' | 'prod'): unknown =>
        x.scatterReduce(0, ints([0, 0]), source, reduce, { includeSelf: false }).toArraySync();
      expect([reduced('amax'), reduced('amin'), reduced('prod')]).toEqual([[5, 8], [3, 8], [15, 8]]); // prettier-ignore
    }
  });

  test('0-dim tensors count as one element', () => {
    const x = tensor(3, { requiresGrad: true });
    const y = x.gather(0, tensor(0, { dtype: 'int32' }));
    expect(y.shape).toEqual([]);
    y.backward();
    expect(x.grad?.itemSync()).toBe(1);
    expect(
      tensor(3)
        .scatter(0, tensor(0, { dtype: 'int32' }), 5)
        .toArraySync(),
    ).toBe(5);
    const z = tensor(3);
    expect(z.scatterAdd_(0, tensor(0, { dtype: 'int32' }), tensor(4))).toBe(z);
    expect(z.itemSync()).toBe(7);
  });

  test('an empty index changes and reads nothing', () => {
    const none = zeros([0, 4], { dtype: 'int32' });
    expect(zeros([3, 4]).gather(0, none).shape).toEqual([0, 4]);
    expect(
      tensor([[1, 2, 3, 4]])
        .scatter(0, none, zeros([0, 4]))
        .toArraySync(),
    ).toEqual([[1, 2, 3, 4]]);
  });

  test('a tensor may be written from itself, and by itself as the index', () => {
    const x = tensor([10, 20, 30]);
    expect(x.scatterAdd_(0, ints([1, 2, 0]), x).toArraySync()).toEqual([40, 30, 50]);
    const i = ints([2, 0, 1]);
    expect(i.scatter_(0, i, i).toArraySync()).toEqual([0, 1, 2]);
  });
});

describe('in place', () => {
  const index = ints([[0, 2, 1]]);
  const forms: [string, (x: Tensor, y: Tensor) => Tensor, (x: Tensor, y: Tensor) => Tensor][] = [
    ['scatter', (x, y) => x.scatter(1, index, y), (x, y) => x.scatter_(1, index, y)],
    ['scatterAdd', (x, y) => x.scatterAdd(1, index, y), (x, y) => x.scatterAdd_(1, index, y)],
    ['scatterReduce', (x, y) => x.scatterReduce(1, index, y, 'prod'), (x, y) => x.scatterReduce_(1, index, y, 'prod')],
    [
      'multiply',
      (x, y) => x.scatter(1, index, y, { reduce: 'multiply' }),
      (x, y) => x.scatter_(1, index, y, { reduce: 'multiply' }),
    ],
  ];

  test.each(forms)('%s through a view is the same as in a copy', (_, copied, changed) => {
    const [a, b] = [leaf(4, 3), leaf(1, 3)];
    const before = a.mul(1);
    changed(before.t().narrow(0, 1, 1), b);
    expect(before.t().narrow(0, 1, 1).toArraySync()).toEqual(copied(a.t().narrow(0, 1, 1), b).toArraySync());
    expect(before.select(1, 0).toArraySync()).toEqual(a.select(1, 0).toArraySync());
    expect(
      twice(
        (x, y) => {
          const target = x.mul(1);
          changed(target.t().narrow(0, 1, 1), y);
          return target;
        },
        [a, b],
      ),
    ).toBe(true);
  });

  test('returns the tensor, counts once, and refuses a leaf', () => {
    const x = zeros([1, 3]);
    expect(x.scatter_(1, index, 1)).toBe(x);
    expect(x.storage.version).toBe(1);
    expect(x.gradFn).toBe(null);
    expect(() => leaf(1, 3).scatter_(1, index, 1)).toThrow(
      'scatter_: a leaf that requires grad cannot be changed in place',
    );
  });

  test('notices a change of the index before backward', () => {
    const at = ints([[0, 1]]);
    const y = leaf(1, 3).gather(1, at);
    at.zero_();
    expect(() => y.sum().backward()).toThrow('a value needed for the gradient of GatherBackward was changed in place');
  });
});

describe('refusals', () => {
  const x = (): Tensor => zeros([3, 4]);

  test('of indices out of range name the first and its place', () => {
    expect(() => x().gather(1, ints([[0, 1], [3, 4], [9, 0]]))).toThrow(
      'gather: index 4 at position [1, 1] is out of range for dim 1 of size 4. Use 0 … 3.',
    ); // prettier-ignore
    expect(() => x().scatter(0, ints([[0, -1]]), 1)).toThrow(
      'scatter: index -1 at position [0, 1] is out of range for dim 0 of size 3. Use 0 … 2.',
    );
    expect(() => zeros([0]).gather(0, ints([0]))).toThrow('There is nothing to index.');
  });

  test('of dtypes', () => {
    expect(() => x().gather(1, tensor([[1]]))).toThrow(
      "gather: the index is float32, indices are int32. Convert with `.to('int32')`.",
    );
    expect(() => x().gather(1, tensor([[1]], { dtype: 'uint8' }))).toThrow('Index with a bool mask');
    expect(() => x().scatterAdd(1, ints([[0]]), tensor([[1]], { dtype: 'float64' }))).toThrow(
      "scatterAdd: the tensor is float32, the source float64. Convert it with `.to('float32')`.",
    );
  });

  test('of shapes', () => {
    expect(() => x().gather(1, ints([0]))).toThrow('gather: the index has shape [1], the tensor [3, 4].');
    expect(() => x().gather(0, ints([[0, 0, 0, 0, 0]]))).toThrow('gather: the index has shape [1, 5]');
    expect(() => x().gather(2, ints([[0]]))).toThrow('gather: dim 2 is out of range for a tensor of 2 dims');
    expect(() => x().scatter(1, ints([[0, 1]]), zeros([1, 1]))).toThrow(
      'scatter: the source has shape [1, 1], the index [1, 2]. The source needs a value for each index.',
    );
    expect(() => x().scatterReduce(1, ints([[0]]), zeros([1, 1]), 'median' as 'sum')).toThrow(
      'scatterReduce: there is no reduction "median". Use sum, prod, mean, amax, amin.',
    );
  });

  test('in a launch that failed leave the rest as it was', () => {
    const kept = tensor([1, 2]);
    expect(() => kept.gather(0, ints([2]))).toThrow('is out of range');
    expect(kept.toArraySync()).toEqual([1, 2]);
  });
});

test('growing sizes need no new programs', () => {
  const run = (n: number): void => {
    const index = zeros([2, n], { dtype: 'int32' });
    zeros([2, 5])
      .gather(1, index)
      .scatterAdd(1, index, zeros([2, n]));
  };
  const programs = (n: number): Set<unknown> => new Set(record(() => run(n)).programs);
  const first = programs(3);
  for (const n of [2, 4, 7, 20]) expect([...programs(n)].filter((p) => !first.has(p as never))).toEqual([]);
});
