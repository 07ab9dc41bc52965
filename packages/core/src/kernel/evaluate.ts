// What every operation of an expression means, on numbers: the table that `reference()` interprets and that a backend
// on a JavaScript host may call. Floats are float64 throughout and are rounded where they are stored or cast; integers
// wrap after every operation.

import { describe, type DType } from './dtype.ts';
import { erf } from './erf.ts';
import { fromFloat16Bits, toFloat16Bits } from './float16.ts';
import type { BinaryOp, ComparisonOp, UnaryOp } from './expr.ts';

/** Rounds half to even, as IEEE and PyTorch do and Math.round does not. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return Object.is(floor, 0) && x < 0 ? -0 : floor;
  if (rest > 0.5) return floor + 1 === 0 ? -0 : floor + 1;
  if (rest !== 0.5) return x;
  const even = floor % 2 === 0 ? floor : floor + 1;
  return even === 0 && x < 0 ? -0 : even;
}

/** C's pow: JavaScript's differs in 1 ** NaN and (±1) ** ±Infinity. */
export function power(x: number, y: number): number {
  if (x === 1) return 1;
  return x === -1 && Math.abs(y) === Infinity ? 1 : x ** y;
}

/** The upper 32 bits of the product of two unsigned numbers of 32 bits, by halves: the whole has more bits than a number. */
export function multiplyHigh(x: number, y: number): number {
  const [a, b] = [x >>> 16, x & 0xffff];
  const [c, d] = [y >>> 16, y & 0xffff];
  const cross = a * d + Math.floor((b * d) / 65536);
  const carry = b * c + (cross % 65536);
  return (a * c + Math.floor(cross / 65536) + Math.floor(carry / 65536)) | 0;
}

const minimum = (x: number, y: number): number => Math.min(x, y);
const maximum = (x: number, y: number): number => Math.max(x, y);

export const unaryMeaning: Readonly<Record<UnaryOp, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: (x) => Number(x > 0) - Number(x < 0),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  trunc: Math.trunc,
  not: (x) => ~x,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf,
};

export const binaryMeaning: Readonly<Record<BinaryOp, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  mod: (x, y) => x % y,
  pow: power,
  atan2: Math.atan2,
  min: minimum,
  max: maximum,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shl: (x, y) => x << y,
  shr: (x, y) => x >>> y,
  mulhi: multiplyHigh,
};

export const comparisonMeaning: Readonly<Record<ComparisonOp, (x: number, y: number) => boolean>> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
};

/** The result of an operation as a number of its dtype, but floats unrounded: integers wrap, bools are 0 or 1. */
export function wrap(value: number, dtype: DType): number {
  const { kind, bits } = describe(dtype);
  if (kind === 'float') return value;
  // `& 1` and not truth: ~1 is how `not` reads a true.
  return kind === 'bool' ? value & 1 : bits === 8 ? value & 255 : value | 0;
}

/** An integer product or power can pass 2^53, where float64 loses the low bits that wrapping keeps. */
export function integerBinary(op: BinaryOp, x: number, y: number): number {
  if (op === 'mul') return Math.imul(x, y);
  if (op !== 'pow') return binaryMeaning[op](x, y);
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 ? -1 : 1) : 0;
  let result = 1;
  for (let base = x, n = y; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

/** `value` of dtype `from` as `to`: floats round, floats to integers truncate, saturate at 32 bits and then wrap; NaN is 0. */
export function castValue(value: number, to: DType): number {
  switch (to) {
    case 'float64':
      return value;
    case 'float32':
      return Math.fround(value);
    case 'float16':
      return fromFloat16Bits(toFloat16Bits(value));
    case 'bool':
      return value === 0 ? 0 : 1;
    default: {
      const whole = Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), -2147483648), 2147483647);
      return to === 'uint8' ? whole & 255 : whole | 0;
    }
  }
}
