// Parts of the formulas on four float32 lanes.

import { f32x4, v128, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';

/** 2^23 · 1.5: x plus this, in float32, is x rounded to an integer, which the low bits of the sum hold. */
const roundToLowBits = 12582912;

/** The same with the bias of an exponent: shifted left by 23 the sum is a power of two. */
export const roundToExponent = roundToLowBits + 127;

/**
 * c₀ + c₁x + c₂x² + …, as (c₀ + c₁x) + x² ((c₂ + c₃x) + …): one multiplication more than Horner's rule and half its chain, since
 * what bounds these functions is how many waiting instructions a processor keeps.
 */
export function polynomial(
  e: Emitter,
  x: Local<'v128'>,
  coefficients: readonly number[],
  square = e.fn.name(f32x4.mul(x, x)),
): V128 {
  const [first = 0, second, ...rest] = coefficients;
  const pair = second === undefined ? e.f32(first) : e.madd(x, e.f32(second), e.f32(first));
  return rest.length === 0 ? pair : e.madd(polynomial(e, x, rest, square), square, pair);
}

/** The same by Horner's rule: for what something longer runs beside. */
export function horner(e: Emitter, x: Local<'v128'>, [first = 0, ...rest]: readonly number[]): V128 {
  return rest.length === 0 ? e.f32(first) : e.madd(horner(e, x, rest), x, e.f32(first));
}

/** `x`, or `limit` where x is above it. NaN stays. */
export const atMost = (e: Emitter, x: V128, limit: number): Local<'v128'> => e.fn.name(f32x4.pmin(x, e.f32(limit)));

/** `x`, or the limit that it is beyond. NaN stays. */
export const between = (e: Emitter, low: number, x: V128, high: number): Local<'v128'> =>
  e.fn.name(f32x4.pmax(f32x4.pmin(x, e.f32(high)), e.f32(low)));

/** The sign bit of each lane alone. */
export const signOf = (e: Emitter, x: V128): V128 => v128.and(x, e.i32(0x80000000));

/** The value, which is not negative or has it already, with the sign of `x`. */
export const withSignOf = (e: Emitter, x: V128, value: V128): V128 => v128.or(value, signOf(e, x));
