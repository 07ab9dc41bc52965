import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressOf,
  contiguousStrides,
  exactDivisor,
  foldGuards,
  isContiguous,
  mergeDims,
  sizeOf,
  type View,
} from './view.ts';

/** Every position of a box, row-major. */
function positions(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])),
    [[]],
  );
}

const size = fc.integer({ min: 0, max: 4 });
const step = fc.integer({ min: -3, max: 12 });
const box = fc.array(size, { minLength: 0, maxLength: 5 });

const viewOf = (rank: number): fc.Arbitrary<View> =>
  fc.record({
    offset: fc.integer({ min: 0, max: 50 }),
    strides: fc.array(step, { minLength: rank, maxLength: rank }),
    guards: fc.array(
      fc.record({
        coefficients: fc.array(fc.integer({ min: -2, max: 3 }), { minLength: rank, maxLength: rank }),
        start: fc.integer({ min: -4, max: 4 }),
        step: fc.integer({ min: 1, max: 3 }),
        size: fc.integer({ min: 0, max: 6 }),
        stride: fc.integer({ min: 0, max: 9 }),
      }),
      { maxLength: 2 },
    ),
  });

describe('mergeDims', () => {
  test('walks every view through the same addresses in the same order', () => {
    const cases = box.chain((sizes) =>
      fc.record({
        sizes: fc.constant(sizes),
        split: fc.integer({ min: 0, max: sizes.length }),
        views: fc.array(viewOf(sizes.length), { minLength: 1, maxLength: 3 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ sizes, split, views }) => {
        const merged = mergeDims(sizes, [split, sizes.length - split], views);
        expect(sizeOf(merged.sizes)).toBe(sizeOf(sizes));
        expect(merged.groups.reduce((a, b) => a + b, 0)).toBe(merged.sizes.length);
        expect(sizeOf(merged.sizes.slice(0, merged.groups[0]))).toBe(sizeOf(sizes.slice(0, split)));
        views.forEach((view, k) => {
          const after = merged.views[k] as View;
          const walk = (v: View, dims: readonly number[]): number[] => positions(dims).map((at) => addressOf(v, at));
          expect(walk(after, merged.sizes)).toEqual(walk(view, sizes));
        });
      }),
      { numRuns: 500 },
    );
  });

  test('makes one dim of dense memory, and two where one view is transposed', () => {
    const dense = { offset: 0, strides: contiguousStrides([2, 3, 4]) };
    expect(mergeDims([2, 3, 4], [3, 0], [dense, dense]).sizes).toEqual([24]);
    const turned = { offset: 0, strides: [12, 1, 3] };
    expect(mergeDims([2, 3, 4], [3, 0], [dense, turned]).sizes).toEqual([2, 3, 4]);
  });

  test('never merges across groups', () => {
    const dense = { offset: 0, strides: contiguousStrides([2, 3]) };
    expect(mergeDims([2, 3], [1, 1], [dense])).toMatchObject({ sizes: [2, 3], groups: [1, 1] });
  });
});

describe('guards', () => {
  test('pad, window and their gradient are the same coordinate', () => {
    // A window of 3 with stride 2 over 5 elements padded by 1: windows begin at −1, 1, 3.
    const window: View = {
      offset: 0,
      strides: [0, 0],
      guards: [{ coefficients: [2, 1], start: -1, step: 1, size: 5, stride: 1 }],
    };
    const read = positions([3, 3]).map((at) => addressOf(window, at));
    expect(read).toEqual([-1, 0, 1, 1, 2, 3, 3, 4, -1]);
    // Turned around: which window o reads element i at its place k, o = (i + 1 − k) / 2.
    const back: View = {
      offset: 0,
      strides: [0, 0],
      guards: [{ coefficients: [1, -1], start: 1, step: 2, size: 3, stride: 1 }],
    };
    for (const [i, k] of positions([5, 3]) as [number, number][]) {
      const window = addressOf(back, [i, k]);
      expect(window < 0 || read[window * 3 + k] === i).toBe(true);
    }
    const pairs = positions([5, 3]).filter((at) => addressOf(back, at) >= 0).length;
    expect(pairs).toBe(read.filter((address) => address >= 0).length);
  });
});

test('isContiguous ignores the strides of dims of size 1 and of empty tensors', () => {
  expect(isContiguous([2, 1, 3], [3, 99, 1])).toBe(true);
  expect(isContiguous([0, 3], [7, 7])).toBe(true);
  expect(isContiguous([2, 3], [1, 2])).toBe(false);
  expect(isContiguous([], [])).toBe(true);
});

describe('foldGuards', () => {
  test('reads the same, with strides in place of the guards that never fail', () => {
    const cases = box.chain((sizes) => fc.record({ sizes: fc.constant(sizes), view: viewOf(sizes.length) }));
    fc.assert(
      fc.property(cases, ({ sizes, view }) => {
        const folded = foldGuards(sizes, { ...view, fill: 3 });
        for (const at of positions(sizes)) expect(addressOf(folded, at)).toBe(addressOf(view, at));
        expect(folded.fill).toBe(folded.guards && 3);
        // A guard that is left fails somewhere, or counts in steps.
        for (const guard of sizes.includes(0) ? [] : (folded.guards ?? [])) {
          const bare = { offset: 0, strides: sizes.map(() => 0), guards: [guard] };
          expect(guard.step > 1 || positions(sizes).some((at) => addressOf(bare, at) < 0)).toBe(true);
        }
      }),
    );
  });

  test('leaves no guard of a window that stays inside', () => {
    const window = { coefficients: [2, 1], start: 1, step: 1, size: 8, stride: 5 };
    const view = { offset: 3, strides: [0, 0], guards: [window] };
    expect(foldGuards([3, 3], view)).toEqual({ offset: 8, strides: [10, 5] });
    expect(foldGuards([3, 4], view).guards).toEqual([window]);
  });
});

describe('exactDivisor', () => {
  const largest = 2 ** 31 - 1;
  const step = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: largest }), fc.integer({ min: 0, max: 40 }).map((k) => 2 ** k)); // prettier-ignore
  const coordinate = fc.integer({ min: -largest - 1, max: largest });
  const cases = fc.record({ step, coordinate, isMultiple: fc.boolean(), size: fc.integer({ min: 0, max: largest }) });

  test('tells whether an element exists, and which', () => {
    fc.assert(
      fc.property(cases, ({ step: s, coordinate: any, isMultiple, size: n }) => {
        const c = isMultiple ? Math.trunc(any / s) * s : any;
        const count = Math.min(n, Math.floor(largest / s) + 1);
        const { inverse, shift } = exactDivisor(s);
        const product = Math.imul(c, inverse);
        const q = ((product >>> shift) | (product << ((32 - shift) & 31))) >>> 0;
        const expected = addressOf({ offset: 0, strides: [0], guards: [{ coefficients: [0], start: c, step: s, size: count, stride: 1 }] }, [0]); // prettier-ignore
        expect(q < count ? q : -1).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
