import { f32x4, f64x2, v128, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { signOf } from './float32-lanes.ts';
import { exp2, inFloat64, log2 } from './float64-halves.ts';
import { inFunction } from './in-function.ts';

/** C's pow: 2^(y log₂|x|) in float64, and for negative x the sign of an odd y, NaN if y is no integer. */
export const pow = (e: Emitter, x: V128, y: V128): V128 =>
  inFunction(e, 'pow', [x, y], (inner, base, exponent) => {
    const { fn } = inner;
    const size = inFloat64(inner, [f32x4.abs(base), exponent], (a, b) => {
      const logarithm = fn.name(log2(inner, a));
      // 0 times whatever is 0 here: x⁰ = 1 for every x, and 1ʸ = 1 for every y.
      const factor = v128.andnot(logarithm, f64x2.eq(b, inner.f64(0)));
      return exp2(inner, f64x2.mul(factor, v128.andnot(b, f64x2.eq(logarithm, inner.f64(0)))));
    });
    const whole = fn.name(f32x4.eq(f32x4.trunc(exponent), exponent));
    const half = fn.name(f32x4.mul(exponent, inner.f32(0.5)));
    const odd = v128.and(whole, f32x4.ne(f32x4.trunc(half), half));
    const negative = v128.and(f32x4.lt(base, inner.f32(0)), f32x4.gt(base, inner.f32(-Infinity)));
    // A mask of ones is a NaN.
    return v128.or(v128.or(size, v128.and(signOf(inner, base), odd)), v128.andnot(negative, whole));
  });
