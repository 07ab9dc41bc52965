import { call, f32x4, f64x2, v128, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { byLanes } from './by-lanes.ts';
import { signOf } from './float32-lanes.ts';
import { inFloat64 } from './float64-halves.ts';
import { inFunction } from './in-function.ts';

/** Quotients below this times a divisor of 24 bits are exact in float64, and never round up to an integer. */
const exactQuotient = 2 ** 28;

/** C's fmod: x − y · trunc(x / y), exact, with the sign of x. The host has the large quotients. */
export const mod = (e: Emitter, x: V128, y: V128): V128 =>
  inFunction(e, 'mod', [x, y], (inner, dividend, divisor) => {
    const { fn } = inner;
    const rest = fn.name(
      inFloat64(inner, [dividend, divisor], (a, b) => {
        const quotient = f64x2.trunc(f64x2.div(a, b));
        // An infinite divisor leaves every number as it is.
        return v128.bitselect(a, f64x2.sub(a, f64x2.mul(quotient, b)), f64x2.lt(f64x2.abs(a), f64x2.abs(b)));
      }),
    );
    const quotient = f32x4.abs(f32x4.div(dividend, divisor));
    const large = v128.and(
      f32x4.ge(quotient, inner.f32(exactQuotient)),
      f32x4.lt(f32x4.abs(dividend), inner.f32(Infinity)),
    );
    fn.if(v128.anyTrue(large), () => fn.set(rest, call('v128', byLanes(inner, 'mod', 2), dividend, divisor)));
    return v128.or(f32x4.abs(rest), signOf(inner, dividend));
  });
