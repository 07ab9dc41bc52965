import { f32x4, v128, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { halfExp } from './exp.ts';
import { horner, withSignOf } from './float32-lanes.ts';

// (sinh x − x) / x³ in x², for |x| ≤ 1.
const near = [0.1666671633720398, 0.008330273441970348, 0.0002037293161265552];

/** With h = ½eˣ, h − ¼/h; near 0 an odd polynomial. */
export function sinh(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const input = fn.name(x);
  const a = fn.name(f32x4.abs(input));
  const half = halfExp(e, a);
  const far = fn.name(f32x4.sub(half, f32x4.div(e.f32(0.25), half)));
  const z = fn.name(f32x4.mul(a, a));
  const value = e.madd(f32x4.mul(a, z), horner(e, z, near), a);
  return withSignOf(e, input, v128.bitselect(value, far, f32x4.lt(a, e.f32(1))));
}

export function cosh(e: Emitter, x: V128): V128 {
  const half = halfExp(e, f32x4.abs(x));
  return f32x4.add(half, f32x4.div(e.f32(0.25), half));
}
