// @rushlight/backend-testkit/tools: what tests of a backend's own parts use, beside the suite: launches as data, and errors in units of the
// last place.

import { hostArray, toFloat16Bits, type DType, type Launch, type OperandType, type Program, type TypedArray, type View } from '@rushlight/core/kernel'; // prettier-ignore

/** An operand with the contents of its buffer. */
export interface DrawnOperand extends View {
  readonly type: OperandType;
  readonly data: TypedArray;
}

export interface DrawnLaunch<P extends Program = Program> extends Omit<Launch<P>, 'operands'> {
  readonly operands: readonly DrawnOperand[];
}

/** An operand over memory of its own: dense, or with the strides, offset and guards given. `value(k)` is its k-th number. */
export function operand(
  dtype: DType,
  sizes: readonly number[],
  value: (k: number) => number,
  walk: Partial<View> & { readonly length?: number } = {},
): DrawnOperand {
  const strides = walk.strides ?? sizes.map((_, d) => sizes.slice(d + 1).reduce((x, y) => x * y, 1));
  const reach = strides.map((stride, d) => stride * Math.max(0, (sizes[d] ?? 1) - 1));
  const offset = walk.offset ?? reach.reduce((sum, r) => sum - Math.min(r, 0), 0);
  const length = walk.length ?? offset + reach.reduce((sum, r) => sum + Math.max(r, 0), 1);
  const data = hostArray(dtype, length);
  for (let k = 0; k < length; k++) data[k] = dtype === 'float16' ? toFloat16Bits(value(k)) : value(k);
  const guards = (walk.guards ?? []).map(
    ({ coefficients, step }) => coefficients.map((c) => (c === 0 ? '0' : 's')).join('') + (step === 1 ? '' : '/'),
  );
  const letters = strides.map((s, d) => (s === 0 ? '0' : s === 1 && d === sizes.length - 1 ? '1' : 's')).join('');
  const guarded = walk.guards && { guards: walk.guards, fill: walk.fill ?? 0 };
  return { type: { dtype, strides: letters, guards }, data, offset, strides, ...guarded };
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** The distance of neighbouring float32 numbers at x. */
function unit(x: number): number {
  double[0] = x;
  const exponent = (((words[1] ?? 0) >>> 20) & 0x7ff) - 1023;
  return 2 ** (Math.min(Math.max(exponent, -126), 127) - 23);
}

/** What has to be as it is: NaN, infinities, zeros, and the sign of other numbers. */
const kind = (x: number): number => (Number.isFinite(x) && x !== 0 ? Math.sign(x) : x);

/**
 * The error of a float32 result, in units of the last place, ½ for the nearest number; infinite if it is of another kind than that one.
 * Where a device flushes denormal numbers, what is below the normal range may be 0.
 */
export function errorOf(result: number, exact: number, { flushes = false } = {}): number {
  const nearest = Math.fround(exact);
  if (Object.is(result, nearest)) return 0.5;
  if (flushes && Math.abs(exact) < 2 ** -126 && exact !== 0 && result === 0) return 0.5;
  if (!Object.is(kind(result), kind(nearest))) return Infinity;
  return Math.abs(result - exact) / unit(exact);
}
