// Every scalar function of the kernel language by itself, against the reference: on ordinary numbers, on NaN, infinities
// and zeros, on huge and tiny numbers, and for integers at the ends of their range.

import {
  binary, binaryOps, cast, compare, comparisonOps, describe, hostArray, input, isFloat, program, toFloat16Bits, unary, unaryOps,
} from '@rushlight/core/kernel'; // prettier-ignore
import type { BinaryOp, DType, Expr, LoopProgram, TypedArray, UnaryOp } from '@rushlight/core/kernel';
import { dtypesOf, type Entry, type Harness } from '../harness.ts';
import { expectClose, type Tolerance } from '../tolerance.ts';

const ordinary = [-20, -7.3, -3.7, -2.5, -2, -1.5, -1, -0.9, -0.5, -0.1, -0.01, 0.01, 0.1, 0.3, 0.5, 0.9, 1, 1.1, 1.5, 2, 2.5, 3.7, 7.3, 20]; // prettier-ignore
const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, 3];
const extreme = [1e30, -1e30, 3e38, 1e10, -1e10, 12345.678, 100, -100, 90, -90, 1e-3, 1e-10, -1e-10, 1e-30, -1e-30];
const small = [0, 1, -1, 2, -2, 3, 5, 7, -7, 31, 32, 33, 100, -100];
const wide = [0, 1, -1, 2, -3, 31, 65535, 65536, -65537, 2147483647, -2147483648, 2147483646, 46341, 123456789];

/** Of float16 the range is smaller. */
const extremeOf = (dtype: DType): number[] =>
  dtype === 'float16' ? [65504, -65504, 1e4, 300, -300, 1e-3, 1e-4, -1e-4] : extreme;

interface Sampled {
  readonly name: string;
  readonly floats: (dtype: DType) => readonly number[];
  readonly integers: readonly number[];
  /** Tiny results are compared by their size, not against the floor of the tolerance. Denormals may be 0. */
  readonly relative?: boolean;
}

const samples: readonly Sampled[] = [
  { name: 'ordinary numbers', floats: () => ordinary, integers: small },
  { name: 'NaN, infinities and zeros', floats: () => special, integers: wide },
  { name: 'huge and tiny numbers', floats: extremeOf, integers: wide, relative: true },
];

/** Functions that mean something on integers, and on bool. */
const onIntegers = new Set<UnaryOp | BinaryOp>(['neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'not', ...binaryOps.filter((op) => op !== 'atan2')]); // prettier-ignore
const onBool = new Set<UnaryOp | BinaryOp>(['not', 'and', 'or', 'xor', 'mul', 'min', 'max']);
const bitwise = new Set<UnaryOp | BinaryOp>(['not', 'and', 'or', 'xor', 'shl', 'shr', 'mulhi']);

function takes(op: UnaryOp | BinaryOp, dtype: DType): boolean {
  const { kind } = describe(dtype);
  if (kind === 'bool') return onBool.has(op);
  return kind === 'int' ? onIntegers.has(op) : !bitwise.has(op);
}

function hostOf(dtype: DType, values: readonly number[]): TypedArray {
  const data = hostArray(dtype, values.length);
  values.forEach((value, k) => (data[k] = dtype === 'float16' ? toFloat16Bits(value) : value));
  return data;
}

const valuesOf = (dtype: DType, sample: Sampled): readonly number[] => {
  const { kind, bits } = describe(dtype);
  if (kind === 'float') return sample.floats(dtype);
  if (kind === 'bool') return [0, 1];
  return bits === 8 ? [...new Set(sample.integers.map((value) => value & 255))] : sample.integers;
};

/** Runs out[i] = expr(columns[0][i], …) on both and compares. */
async function compareOn(
  { device, reference }: Harness,
  what: string,
  expr: Expr,
  columns: readonly TypedArray[],
  dtype: DType,
  tolerance: Tolerance,
): Promise<void> {
  const length = columns[0]?.length ?? 0;
  const out = expr.dtype;
  const type = (kind: DType) => ({ dtype: kind, strides: '1', guards: [] });
  const loop = program<LoopProgram>({
    kind: 'loop',
    rowRank: 1,
    columnRank: 0,
    inputs: columns.map(() => type(dtype)),
    scalars: [],
    stages: [],
    outputs: [{ ...type(out), per: 'row', expr }],
    checks: [],
  });
  const [actual, expected] = await Promise.all(
    [device.backend, reference.backend].map(async (backend) => {
      const inputs = columns.map((data) => {
        const buffer = backend.allocate(dtype, length);
        backend.write(buffer, data);
        return buffer;
      });
      const result = backend.allocate(out, length);
      const operands = [...inputs, result].map((buffer) => ({ buffer, offset: 0, strides: [1] }));
      backend.run({ program: loop, sizes: [length], operands, scalars: [] });
      const data = await backend.read(result, 0, length);
      for (const { buffer } of operands) backend.free(buffer);
      return data;
    }),
  );
  if (actual && expected)
    expectClose(`${what} of [${columns.map((c) => `[${Array.from(c)}]`)}]`, out, actual, expected, tolerance);
}

function toleranceFor({ tolerances }: Harness, dtype: DType, relative = false): Tolerance {
  const { rtol, atol } = tolerances[dtype];
  return { rtol, atol: relative ? { float64: 1e-300, float32: 1e-37, float16: 1e-7 }[dtype as 'float32'] : atol };
}

/** All pairs of two lists. */
const pairs = (values: readonly number[]): [number[], number[]] => [
  values.flatMap((x) => values.map(() => x)),
  values.flatMap(() => values),
];

function unaryTests(op: UnaryOp): Entry[] {
  return samples.map((sample) => ({
    name: `scalar functions: ${op}: ${sample.name}`,
    async run(harness) {
      for (const dtype of dtypesOf(harness).filter((d) => takes(op, d))) {
        const column = hostOf(dtype, valuesOf(dtype, sample));
        await compareOn(
          harness,
          op,
          unary(op, input(0, dtype)),
          [column],
          dtype,
          toleranceFor(harness, dtype, sample.relative),
        );
      }
    },
  }));
}

function binaryTests(op: BinaryOp): Entry[] {
  return samples.map((sample) => ({
    name: `scalar functions: ${op}: ${sample.name}`,
    async run(harness) {
      for (const dtype of dtypesOf(harness).filter((d) => takes(op, d))) {
        const columns = pairs(valuesOf(dtype, sample)).map((values) => hostOf(dtype, values));
        const expr = binary(op, input(0, dtype), input(1, dtype));
        await compareOn(harness, op, expr, columns, dtype, toleranceFor(harness, dtype, sample.relative));
      }
    },
  }));
}

const comparisons: Entry = {
  name: 'scalar functions: comparisons',
  async run(harness) {
    for (const sample of samples) {
      for (const dtype of dtypesOf(harness)) {
        const columns = pairs(valuesOf(dtype, sample)).map((values) => hostOf(dtype, values));
        for (const op of comparisonOps) {
          const expr = compare(op, input(0, dtype), input(1, dtype));
          await compareOn(harness, op, expr, columns, dtype, toleranceFor(harness, 'bool'));
        }
      }
    }
  },
};

/** Every dtype to every other: rounding, saturation, wrapping, NaN. */
const casts: Entry = {
  name: 'scalar functions: casts',
  async run(harness) {
    for (const sample of samples) {
      for (const from of dtypesOf(harness)) {
        const column = hostOf(from, valuesOf(from, sample));
        for (const to of dtypesOf(harness).filter((dtype) => dtype !== from)) {
          const exact = { rtol: 0, atol: isFloat(to) ? 1e-37 : 0 };
          await compareOn(harness, `cast ${from} to ${to}`, cast(input(0, from), to), [column], from, exact);
        }
      }
    }
  },
};

/** Comparisons do not tell −0 from 0, a quotient does. */
const negativeZero: Entry = {
  name: 'scalar functions: the sign of zero',
  async run(harness) {
    const odd = ['sin', 'tan', 'asin', 'atan', 'sinh', 'tanh', 'asinh', 'atanh', 'erf', 'expm1', 'log1p', 'sqrt', 'floor', 'ceil', 'round', 'trunc'] as const; // prettier-ignore
    for (const dtype of dtypesOf(harness).filter(isFloat)) {
      const x = input(0, dtype);
      const column = hostOf(dtype, [0, -0, -0.25]);
      for (const value of [x, x.neg(), x.mul(3), x.add(x), ...odd.map((op) => unary(op, x))]) {
        const isNegative = binary('div', 1, value).lt(0);
        await compareOn(harness, value.op, isNegative, [column], dtype, { rtol: 0, atol: 0 });
      }
    }
  },
};

/** Compilers treat what comes from memory otherwise than what was just computed, and what goes there otherwise than what is used again. */
const ofComputed: Entry = {
  name: 'scalar functions: of what was computed, in what is computed',
  async run(harness) {
    const quarters = Array.from({ length: 67 }, (_, k) => [((k * 5) % 13) - 6, ((k * 7) % 11) - 5, ((k * 3) % 7) - 3].map((n) => n / 4)); // prettier-ignore
    for (const dtype of dtypesOf(harness).filter(isFloat)) {
      const columns = [0, 1, 2].map((c) => hostOf(dtype, quarters.map((row) => row[c] ?? 0))); // prettier-ignore
      const [x, y, z] = [input(0, dtype), input(1, dtype), input(2, dtype)];
      const sum = x.mul(y).add(z); // exact
      const functions = [
        ...unaryOps.filter((op) => takes(op, dtype)).map((op) => unary(op, sum)),
        ...binaryOps.filter((op) => takes(op, dtype)).flatMap((op) => [binary(op, sum, x), binary(op, x, sum)]),
      ];
      for (const value of functions) {
        await compareOn(harness, `${value.op} of x y + z`, value, columns, dtype, toleranceFor(harness, dtype));
        const again = unary(value.op === 'tanh' ? 'neg' : 'tanh', value.mul(0.5).add(z));
        await compareOn(harness, `${value.op} of x y + z, and on`, again, columns, dtype, toleranceFor(harness, dtype));
      }
    }
  },
};

export const scalarFunctionTests: readonly Entry[] = [
  ...unaryOps.flatMap(unaryTests),
  ...binaryOps.flatMap(binaryTests),
  comparisons,
  casts,
  negativeZero,
  ofComputed,
];
