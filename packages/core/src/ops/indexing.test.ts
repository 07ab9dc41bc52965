import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arange,
  autograd,
  manualSeed,
  randn,
  slice,
  tensor,
  useBackend,
  zeros,
  type Index,
  type Tensor,
} from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const ints = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });
const bools = (data: boolean[] | boolean[][]): Tensor => tensor(data);
const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
const grid = (...shape: number[]): Tensor => arange(shape.reduce((a, b) => a * b, 1)).reshape(shape);

await useBackend(checked(reference()));
manualSeed(3);

describe('index', () => {
  test('by numbers, slices, null and the ellipsis shares memory', () => {
    const x = zeros([2, 3, 4]);
    const views: [Index[], number[]][] = [
      [[1], [3, 4]],
      [[-1, '...', 2], [3]],
      [
        [slice(1), null, slice(0, 3, 2)],
        [1, 1, 2, 4],
      ],
      [
        ['...', slice(-2)],
        [2, 3, 2],
      ],
      [['...'], [2, 3, 4]],
      [[], [2, 3, 4]],
      [
        [null, '...', null],
        [1, 2, 3, 4, 1],
      ],
      [[0, 1, 2], []],
    ];
    for (const [indices, shape] of views) {
      const view = x.index(indices);
      expect([indices, view.shape, view.storage === x.storage]).toEqual([indices, shape, true]);
      expect(view).not.toBe(x);
    }
  });

  test('slice is start, end and step, with bounds cut off as in Python', () => {
    const x = arange(5);
    const read = (...range: (number | null)[]): unknown => x.index([slice(...range)]).toArraySync();
    expect([read(), read(3), read(null, 2), read(-2), read(1, -1), read(0, 99, 2), read(4, 1)]).toEqual([
      [0, 1, 2, 3, 4], [3, 4], [0, 1], [3, 4], [1, 2, 3], [0, 2, 4], [],
    ]); // prettier-ignore
    expect(() => x.index([slice(0, 3, -1)])).toThrow('slice: step -1 is not a positive integer. Use flip');
  });

  test('puts the block where the tensors stood, or in front', () => {
    const x = grid(2, 3, 4, 5);
    const [i, j] = [ints([1, 0, 1]), ints([[0], [2]])];
    expect(x.index([slice(), ints([2, 0, 1]), ints([[0], [2]])]).shape).toEqual([2, 2, 3, 5]);
    expect(x.index([i, slice(), j]).shape).toEqual([2, 3, 3, 5]);
    expect(x.index([slice(), i, slice(), j]).shape).toEqual([2, 3, 2, 4]);
    expect(x.index([i, 1, j]).shape).toEqual([2, 3, 5]);
    expect(x.index([i, null, ints([0, 1, 2])]).shape).toEqual([3, 1, 4, 5]);
    // An index without dims does not move the block.
    expect(x.index([tensor(1, { dtype: 'int32' }), slice(), ints([3, 0])]).shape).toEqual([3, 2, 5]);
    expect(x.index([slice(), tensor(1, { dtype: 'int32' }), ints([3, 0])]).shape).toEqual([2, 2, 5]);
  });

  test('by a truth is a new dim of one or none', () => {
    const x = grid(2, 3);
    expect(x.index([true]).toArraySync()).toEqual([x.toArraySync()]);
    expect(x.index([false]).shape).toEqual([0, 2, 3]);
    expect(x.index([tensor(true), 1]).toArraySync()).toEqual([[3, 4, 5]]);
    expect(x.index([slice(), tensor(false)]).shape).toEqual([2, 0, 3]);
  });

  test('by masks of several dims', () => {
    const x = grid(2, 2, 3);
    const mask = bools([
      [true, false],
      [false, true],
    ]);
    expect(x.index([mask]).toArraySync()).toEqual([
      [0, 1, 2],
      [9, 10, 11],
    ]);
    expect(x.index([mask, slice(1)]).toArraySync()).toEqual([
      [1, 2],
      [10, 11],
    ]);
    expect(x.index([1, x.index([1]).gt(7)]).toArraySync()).toEqual([8, 9, 10, 11]);
    expect(x.index([bools([true, true]), ints([0, 1]), ints([2, 2])]).toArraySync()).toEqual([2, 11]);
  });

  test('is what a walk over the positions gives', () => {
    const dims = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    const cases = dims.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc
          .integer({ min: 1, max: 3 })
          .chain((block) =>
            fc.tuple(
              ...shape.map((n) =>
                fc.oneof(
                  fc.constant('all' as const),
                  fc.integer({ min: -n, max: n - 1 }),
                  fc.array(fc.integer({ min: -n, max: n - 1 }), { minLength: block, maxLength: block }),
                ),
              ),
            ),
          ),
      ),
    );
    fc.assert(
      fc.property(cases, ([shape, picks]) => {
        const x = grid(...shape);
        const items = picks.map((p): Index => (p === 'all' ? slice() : typeof p === 'number' ? p : ints(p)));
        const got = x.index(items);
        // One slice of the block after the other, by numbers alone.
        const lists = picks.filter((p) => Array.isArray(p));
        if (lists.length === 0) return;
        const parts = lists[0]!.map((_, k) => x.index(picks.map((p) => (p === 'all' ? slice() : typeof p === 'number' ? p : p[k]!)))); // prettier-ignore
        const left = picks.filter((p) => typeof p !== 'number');
        const places = left.flatMap((p, d) => (p === 'all' ? [] : [d]));
        const at = places.every((d, k) => d === places[0]! + k) ? places[0]! : 0;
        for (const [k, part] of parts.entries()) expect(got.select(at, k).toArraySync()).toEqual(part.toArraySync());
      }),
    );
  });

  const at = ints([[0, -1], [1, 1]]); // prettier-ignore
  const forms: [string, Index[]][] = [
    ['an index', [slice(), at]],
    ['two that broadcast', [at, '...', ints([2, 0])]],
    ['a mask and a slice', [bools([true, false, true]), slice(0, 2)]],
    ['all kinds', [null, -1, at, slice(1, 3)]],
  ];
  test.each(forms)('has derivatives, twice: %s', (_, indices) => {
    const x = leaf(3, 2, 4);
    expect(gradcheck((y) => y.index(indices), [x])).toBe(true);
    expect(gradgradcheck((y) => y.transpose(1, 2).transpose(1, 2).index(indices), [x])).toBe(true);
  });

  test.each(forms)('and so has indexPut: %s', (_, indices) => {
    const x = leaf(3, 2, 4);
    const value = leaf(...x.detach().index(indices).shape.slice(1));
    for (const accumulate of [false, true]) {
      // Where positions repeat, what is set has no one derivative.
      const places = accumulate ? indices : indices.map((item) => (item === at ? ints([[0], [1]]) : item)); // prettier-ignore
      const v = accumulate ? value : leaf(1);
      expect(gradcheck((y, z) => y.indexPut(places, z, { accumulate }), [x, v])).toBe(true);
      expect(gradgradcheck((y, z) => y.indexPut(places, z, { accumulate }), [x, v])).toBe(true);
    }
  });
});

describe('indexPut_', () => {
  test('takes numbers and truths, and returns the tensor', () => {
    const x = zeros([2, 3]);
    expect(x.indexPut_([0, slice(1)], 5)).toBe(x);
    expect(x.indexPut_([x.eq(0)], -1).toArraySync()).toEqual([
      [-1, 5, 5],
      [-1, -1, -1],
    ]);
    const flags = bools([false, false]);
    flags.indexPut_([1], true);
    expect(flags.toArraySync()).toEqual([false, true]);
  });

  test('accumulates where positions repeat, otherwise keeps the last', () => {
    const [values, index] = [tensor([1, 2, 4]), ints([1, 0, 1])];
    expect(zeros([2]).indexPut([index], values, { accumulate: true }).toArraySync()).toEqual([2, 5]);
    expect(zeros([2]).indexPut([index], values).toArraySync()).toEqual([2, 4]);
    expect(
      tensor([1, 2])
        .indexPut([slice(1)], 3, { accumulate: true })
        .toArraySync(),
    ).toEqual([1, 5]);
  });

  test('leaves what indexPut was given as it is', () => {
    const x = zeros([3]);
    x.indexPut([1], 7);
    expect(x.toArraySync()).toEqual([0, 0, 0]);
  });

  test('of nothing does nothing', () => {
    expect(
      tensor([1, 2])
        .indexPut([zeros([0], { dtype: 'int32' })], 9)
        .toArraySync(),
    ).toEqual([1, 2]);
    expect(
      tensor([1, 2])
        .indexPut([bools([false, false])], 9)
        .toArraySync(),
    ).toEqual([1, 2]);
  });
});

describe('refusals', () => {
  const x = (): Tensor => zeros([2, 3]);
  const cases: [string, Index[], string][] = [
    ['too many', [0, 1, 2], 'index: there are 3 indices for shape [2, 3]. Use at most one per dim.'],
    ['a mask of too many dims', [0, bools([[true]])], 'index: there are 3 indices for shape [2, 3]'],
    ['two ellipses', ['...', '...'], "index: '...' occurs more than once."],
    ['a number', [0, 3], 'index: index 3 is out of range for dim 1 of [2, 3]. Use -3 … 2.'],
    ['a number behind a new dim', [null, 0, -4], 'index: index -4 is out of range for dim 1 of [2, 3]. Use -3 … 2.'],
    ['a fraction', [0.5], 'index: the index 0.5 is not an integer.'],
    ['a position', [slice(), ints([0, -4])], 'index: index -4 at position [1] is out of range for dim 1 of size 3. Use -3 … 2.'], // prettier-ignore
    ['floats', [tensor([1])], "index: the index is float32, indices are int32. Convert with `.to('int32')`."],
    [
      'bytes',
      [tensor([1], { dtype: 'uint8' })],
      'index: the index is uint8, indices are int32. Index with a bool mask',
    ],
    ['a mask of another size', [bools([true])], 'index: the mask has shape [1], it covers dims of size [2] of [2, 3]. They must be equal.'], // prettier-ignore
    ['tensors that do not broadcast', [ints([0, 1]), ints([0, 1, 2])], 'index: shapes [2] and [3] do not broadcast'],
    ['something else', ['1' as '...'], 'index: 1 is no index. Use numbers, slice(…)'],
  ];
  test.each(cases)('%s', (_, indices, message) => {
    expect(() => x().index(indices)).toThrow(message);
    expect(() => x().indexPut_(indices, 1)).toThrow(message.replace('index:', 'indexPut_:'));
  });

  test('a value that does not broadcast, or of another dtype', () => {
    expect(() => x().indexPut_([0], zeros([2]))).toThrow(
      'indexPut_: a value of shape [2] does not broadcast to the [3] that is written. Reshape it.',
    );
    expect(() => x().indexPut([ints([0])], zeros([3, 1, 3]))).toThrow('a value of shape [3, 1, 3]');
    expect(() => x().indexPut_([ints([0])], tensor([1], { dtype: 'float64' }))).toThrow(
      'indexPut_: the tensor is float32, the source float64.',
    );
  });
});
