import { operand, type DrawnOperand } from '@rushlight/backend-testkit/tools';
import { dtypes, isFloat, program, type DType, type SortProgram } from '@rushlight/core/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differences } from './against-reference.ts';

const odd = [NaN, -0, 0, Infinity, -Infinity, 5e-8, -6e-5, 65504];

/** Numbers with ties; `special` adds those at the ends, of integers too. */
function fill(dtype: DType, seed: number, kinds: number, special: boolean): (k: number) => number {
  return (k) => {
    const n = Math.imul(k + seed, 2654435761) >>> 8;
    if (dtype === 'bool') return n & 1;
    if (dtype === 'uint8') return n % Math.min(kinds, 256);
    const isOdd = special && n % 3 === 0;
    if (dtype === 'int32') return isOdd ? ([-(2 ** 31), 2 ** 31 - 1, -1][n % 7] ?? n * 97) : (n % kinds) - 3;
    const value = isOdd ? (odd[n % odd.length] ?? 0) : ((n % kinds) - kinds / 2) * (dtype === 'float64' ? 1e200 : 0.25);
    return value;
  };
}

function sort(
  descending: boolean,
  sizes: readonly number[],
  input: DrawnOperand,
  outputs: readonly [DrawnOperand, DrawnOperand],
): object[] {
  // prettier-ignore
  const [values, positions] = outputs;
  const types = [values.type, positions.type] as const;
  const made = program<SortProgram>({
    kind: 'sort',
    rank: sizes.length,
    descending,
    input: input.type,
    outputs: types,
  });
  return differences({ program: made, sizes, scalars: [], operands: [input, values, positions] });
}

/** Around what insertion leaves to counting. */
const length = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 30, max: 34 }),
  fc.integer({ min: 41, max: 700 }),
);

test('rows and columns, up and down, with gaps', () => {
  const options = fc.record({
    dtype: fc.constantFrom(...dtypes),
    descending: fc.boolean(),
    rows: fc.constantFrom(0, 1, 2, 5, 9),
    length,
    isColumn: fc.boolean(),
    sign: fc.constantFrom(1, -1),
    repeats: fc.boolean(),
    special: fc.boolean(),
    kinds: fc.constantFrom(1, 3, 300, 100_000),
    seed: fc.nat(1000),
  });
  fc.assert(
    fc.property(options, ({ dtype, descending, rows, length, isColumn, sign, repeats, special, kinds, seed }) => {
      const sizes = [rows, length];
      const strides = isColumn ? [1, sign * rows] : [length + 1, sign];
      const input = operand(dtype, sizes, fill(dtype, seed, kinds, special), {
        strides: repeats ? [0, sign] : strides,
      });
      const outputs = [operand(dtype, sizes, () => 1, { strides }), operand('int32', sizes, () => 7)] as const;
      expect(sort(descending, sizes, input, outputs)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test.each(dtypes)('a long row of %s', (dtype) => {
  for (const descending of [false, true]) {
    const input = operand(dtype, [20_000], fill(dtype, 1, 5000, isFloat(dtype)));
    const outputs = [operand(dtype, [20_000], () => 0), operand('int32', [20_000], () => 0)] as const;
    expect(sort(descending, [20_000], input, outputs)).toEqual([]);
  }
});

test('a guarded input', () => {
  const guards = [{ coefficients: [0, 1], start: -4, step: 1, size: 40, stride: 1 }];
  const sizes = [7, 50];
  const input = operand('float64', sizes, fill('float64', 3, 9, true), { strides: [40, 0], length: 7 * 40, guards, fill: -1 }); // prettier-ignore
  const outputs = [operand('float64', sizes, () => 0), operand('int32', sizes, () => 0)] as const;
  for (const descending of [false, true]) expect(sort(descending, sizes, input, outputs)).toEqual([]);
});
