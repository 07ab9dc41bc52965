// What floats are made of: mantissas, exponents, signs and neighbours.

import { DTypeError } from '../errors.ts';
import {
  abs as absolute, constant, describe, detach, type DType, type Expr, isFloat, override, pow as power, select, sign as signum,
} from '../kernel/index.ts'; // prettier-ignore
import type { Tensor } from '../tensor.ts';
import { binary, unary, type Arg } from './elementwise-op.ts';
import { float, one } from './formulas.ts';

/** How many doublings the exponents of a float dtype span on either side of 1, as the largest power of two of them. */
const reach = (dtype: DType): number => ({ 16: 16, 32: 128, 64: 1024 })[describe(dtype).bits] ?? 128;

interface Parts {
  /** In [½, 1) and with the sign of x; what is 0, infinite or NaN stays itself. */
  readonly mantissa: Expr;
  readonly exponent: Expr;
}

/** x as mantissa · 2^exponent, by halving and doubling: exact on every device. */
function parts(x: Expr): Parts {
  const isOrdinary = x.ne(0).and(absolute(x).lt(Infinity));
  let mantissa = select(isOrdinary, x, 0.5);
  let exponent = constant(0, 'int32');
  for (let step = reach(x.dtype) / 2; step >= 1; step /= 2) {
    const isLarge = absolute(mantissa).ge(2 ** step);
    mantissa = select(isLarge, mantissa.mul(2 ** -step), mantissa);
    exponent = exponent.add(select(isLarge, constant(step, 'int32'), 0));
  }
  const wasLarge = absolute(mantissa).ge(1);
  mantissa = select(wasLarge, mantissa.mul(0.5), mantissa);
  exponent = exponent.add(select(wasLarge, constant(1, 'int32'), 0));
  // The largest step is taken twice: denormals lie as far again below the normal numbers as those have digits.
  const down = reach(x.dtype) / 2;
  for (const step of [down, ...halvings(down)]) {
    const isSmall = absolute(mantissa).lt(2 ** -step);
    mantissa = select(isSmall, mantissa.mul(2 ** step), mantissa);
    exponent = exponent.sub(select(isSmall, constant(step, 'int32'), 0));
  }
  return { mantissa: select(isOrdinary, mantissa, x), exponent: select(isOrdinary, exponent, 0) };
}

function halvings(from: number): number[] {
  return from < 1 ? [] : [from, ...halvings(from / 2)];
}

const mantissaOf = unary('frexp', (x) => {
  if (!isFloat(x.dtype))
    throw new DTypeError('frexp', `it takes floats, not ${x.dtype}. Convert with \`.to('float32')\`.`);
  const { mantissa, exponent } = parts(x);
  return override(mantissa, [[x, power(constant(2, x.dtype), exponent.neg().cast(x.dtype))]]);
});
const exponentOf = unary('frexp', (x) => parts(x).exponent);

/** x = mantissa · 2^exponent with the mantissa in [½, 1) and int32 exponents. Throws DTypeError for integers. torch.frexp */
export function frexp(x: Tensor): { mantissa: Tensor; exponent: Tensor } {
  const mantissa = mantissaOf(x);
  return { mantissa, exponent: exponentOf(x.detach()) };
}

/** x · 2^y. torch.ldexp */
export const ldexp = binary('ldexp', (x, y) => x.mul(power(constant(2, x.dtype), y)), float);

const digits = { 16: 11, 32: 24, 64: 53 } as const;

/**
 * The next float after x in the direction of y; y itself where they are equal. Throws DTypeError for integers.
 * torch.nextafter
 */
export const nextafter = binary('nextafter', (x, y) => {
  if (!isFloat(x.dtype))
    throw new DTypeError('nextafter', `it takes floats, not ${x.dtype}. Convert with \`.to('float32')\`.`);
  const { bits } = describe(x.dtype);
  const precision = digits[bits as 16 | 32 | 64];
  const lowest = 2 - reach(x.dtype) - precision + 1;
  const { mantissa, exponent } = parts(x);
  const isUp = y.gt(x);
  // Below a power of two the neighbours lie twice as near.
  const towardsZero = x.gt(0).xor(isUp);
  const atPower = absolute(mantissa).eq(0.5).and(towardsZero);
  const place = exponent.sub(precision).sub(select(atPower, constant(1, 'int32'), 0));
  const gap = powerOfTwo(select(place.lt(lowest), constant(lowest, 'int32'), place), x.dtype);
  const least = select(isUp, constant(2 ** lowest, x.dtype), -(2 ** lowest));
  const largest = { 16: 65504, 32: 2 ** 128 - 2 ** 104, 64: Number.MAX_VALUE }[bits as 16 | 32 | 64];
  const moved = select(absolute(x).eq(Infinity), signum(x).mul(largest), select(isUp, x.add(gap), x.sub(gap)));
  const value = select(x.eq(0), least, moved);
  return detach(select(x.isNaN().or(y.isNaN()), x.add(y), select(x.eq(y), y, value)));
});

/** 2^n, exactly, for whole n that the dtype reaches. */
function powerOfTwo(n: Expr, dtype: DType): Expr {
  let [rest, value] = [select(n.lt(0), n.neg(), n), constant(1, dtype)];
  const isNegative = n.lt(0);
  for (let step = reach(dtype) / 2; step >= 1; step /= 2) {
    for (let twice = step === reach(dtype) / 2 ? 0 : 1; twice < 2; twice++) {
      const takes = rest.ge(step);
      value = select(takes, value.mul(select(isNegative, constant(2 ** -step, dtype), 2 ** step)), value);
      rest = rest.sub(select(takes, constant(step, 'int32'), 0));
    }
  }
  return value;
}

/** Whether x is ∞. torch.isposinf */
export const isposinf = unary('isposinf', (x) => x.eq(Infinity), float);
/** Whether x is −∞. torch.isneginf */
export const isneginf = unary('isneginf', (x) => x.eq(-Infinity), float);
/** Whether x has no imaginary part: true everywhere. torch.isreal */
export const isreal = unary('isreal', (x) => x.eq(x).or(x.isNaN()));
/** The angle in the complex plane: π below 0, else 0, NaN for NaN. torch.angle */
export const angle = unary('angle', (x) => select(x.isNaN(), x, select(x.lt(0), constant(Math.PI, x.dtype), 0)), float);
/** 0 below 0 and for NaN, 1 above it, and `values` at 0. torch.heaviside */
export const heaviside = binary('heaviside', (x, values) =>
  detach(select(x.eq(0), values, select(x.gt(0), one(x), 0))),
); // prettier-ignore
/** −1, 0 or 1: for real numbers the same as sign. torch.sgn */
export const sgn = unary('sgn', signum);

/** x^y in float64, with either a number. Throws DTypeError in place unless x is float64. torch.float_power */
export function floatPower(x: Tensor, y: Arg): Tensor {
  return x.to('float64').pow(typeof y === 'object' ? y.to('float64') : Number(y));
}

/** `floatPower` in x itself, which must be float64. torch.Tensor.float_power_ */
export function floatPower_(x: Tensor, y: Arg): Tensor {
  if (x.dtype !== 'float64')
    throw new DTypeError('floatPower_', `the result is float64, the tensor ${x.dtype}. Use floatPower.`);
  return x.pow_(typeof y === 'object' ? y.to('float64') : Number(y));
}
