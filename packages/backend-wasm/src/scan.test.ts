import { operand, type DrawnOperand } from '@rushlight/backend-testkit/tools';
import { dtypes, isFloat, program, type DType, type ScanProgram } from '@rushlight/core/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differences } from './against-reference.ts';

const reductions = ['sum', 'prod', 'max', 'min'] as const;

/** Numbers whose totals are exact in every dtype; `special` adds NaN and infinities where there are any. */
function fill(dtype: DType, reduce: ScanProgram['reduce'], special: boolean): (k: number) => number {
  return (k) => {
    let value = ((k * 7) % 5) - 2;
    if (reduce === 'prod') value = k % 3 === 0 ? -1 : 1;
    if (special && isFloat(dtype) && k % 11 === 5) value = [NaN, Infinity, -Infinity][k % 3] ?? 0;
    return dtype === 'bool' ? Number(value > 0) : dtype === 'uint8' ? value & 255 : value; // prettier-ignore
  };
}

function scan(
  reduce: ScanProgram['reduce'],
  sizes: readonly number[],
  input: DrawnOperand,
  outputs: readonly DrawnOperand[],
): object[] {
  // prettier-ignore
  const types = outputs.map(({ type }) => type);
  const made = program<ScanProgram>({ kind: 'scan', rank: sizes.length, reduce, input: input.type, outputs: types });
  return differences({ program: made, sizes, scalars: [], operands: [input, ...outputs] });
}

const size = fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 9, 17, 40, 67);

test('rows and columns, forwards and backwards, with gaps', () => {
  const options = fc.record({
    dtype: fc.constantFrom(...dtypes),
    reduce: fc.constantFrom(...reductions),
    rows: size,
    length: size,
    isColumn: fc.boolean(),
    sign: fc.constantFrom(1, -1),
    gap: fc.constantFrom(0, 1, 3),
    repeats: fc.boolean(),
    special: fc.boolean(),
  });
  fc.assert(
    fc.property(options, ({ dtype, reduce, rows, length, isColumn, sign, gap, repeats, special }) => {
      const sizes = [rows, length];
      const strides = isColumn ? [1, sign * (rows + gap)] : [length + gap, sign];
      const input = operand(dtype, sizes, fill(dtype, reduce, special), { strides: repeats ? [0, sign] : strides });
      const outputs = [operand(dtype, sizes, () => 1, { strides })];
      if (reduce === 'max' || reduce === 'min') outputs.push(operand('int32', sizes, () => 7, { strides }));
      expect(scan(reduce, sizes, input, outputs)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test.each(dtypes)('%s in blocks that threads share', (dtype) => {
  for (const reduce of reductions) {
    for (const strides of [
      [70 * 50, 50, 1],
      [50, 300, 1],
      [70 * 50, 1, 70],
    ]) {
      // prettier-ignore
      const sizes = [6, 70, 50];
      const input = operand(dtype, sizes, fill(dtype, reduce, true), { strides });
      expect(scan(reduce, sizes, input, [operand(dtype, sizes, () => 0)])).toEqual([]);
    }
  }
});

test('a guarded input, walked along rows and along the scanned dim', () => {
  const sizes = [11, 13];
  const guards = [
    { coefficients: [1, 0], start: -3, step: 1, size: 6, stride: 9 },
    { coefficients: [0, 1], start: 1, step: 2, size: 6, stride: 1 },
  ];
  for (const reduce of reductions) {
    const input = operand('float32', sizes, fill('float32', reduce, false), { strides: [0, 0], length: 60, guards, fill: 1 }); // prettier-ignore
    expect(scan(reduce, sizes, input, [operand('float32', sizes, () => 0)])).toEqual([]);
  }
});

test('totals of float32 are kept as float64, and written in any dtype', () => {
  const values = operand('float32', [3000], (k) => 1 / (k + 1));
  for (const dtype of ['float64', 'float32', 'int32'] as const)
    expect(scan('sum', [3000], values, [operand(dtype, [3000], () => 0)])).toEqual([]);
});
