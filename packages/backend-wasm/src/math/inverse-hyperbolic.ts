// asinh, acosh, atanh: logarithms in float64. Below 2⁻¹² asinh and atanh are their first two terms, since 1 + x has lost too much.

import { f32x4, f64x2, v128, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { withSignOf } from './float32-lanes.ts';
import { inFloat64, log2, madd64 } from './float64-halves.ts';
import { inFunction } from './in-function.ts';

const tiny = 2 ** -12;

/** scale · ln of what `argument` makes of two float64. */
function logarithmOf(e: Emitter, x: V128, scale: number, argument: (x: Local<'v128'>) => V128): V128 {
  return inFloat64(e, [x], (half) => f64x2.mul(log2(e, e.fn.name(argument(half))), e.f64(scale * Math.LN2)));
}

/** An odd function, scale · ln argument(|x|), with x + cubic · x³ near 0. */
const odd = (
  e: Emitter,
  name: string,
  x: V128,
  cubic: number,
  scale: number,
  argument: (e: Emitter, x: Local<'v128'>) => V128,
): V128 =>
  inFunction(e, name, [x], (inner, input) => {
    const { fn } = inner;
    const a = fn.name(f32x4.abs(input));
    const far = fn.name(logarithmOf(inner, a, scale, (half) => argument(inner, half)));
    const near = inner.madd(f32x4.mul(f32x4.mul(a, a), inner.f32(cubic)), a, a);
    return withSignOf(inner, input, v128.bitselect(near, far, f32x4.lt(a, inner.f32(tiny))));
  });

export const asinh = (e: Emitter, x: V128): V128 =>
  odd(e, 'asinh', x, -1 / 6, 1, (inner, a) => f64x2.add(a, f64x2.sqrt(madd64(inner, a, a, inner.f64(1)))));

export const atanh = (e: Emitter, x: V128): V128 =>
  odd(e, 'atanh', x, 1 / 3, 0.5, (inner, a) => f64x2.div(f64x2.add(inner.f64(1), a), f64x2.sub(inner.f64(1), a)));

export const acosh = (e: Emitter, x: V128): V128 =>
  inFunction(e, 'acosh', [x], (inner, input) => {
    const value = logarithmOf(inner, input, 1, (half) =>
      f64x2.add(half, f64x2.sqrt(madd64(inner, half, half, inner.f64(-1)))),
    );
    // A mask of ones is a NaN.
    return v128.or(value, f32x4.lt(input, inner.f32(1)));
  });
