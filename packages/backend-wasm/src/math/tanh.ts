import { f32x4, i32, i32x4, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { between, horner, polynomial, roundToExponent, withSignOf } from './float32-lanes.ts';

const border = 0.57;
// (tanh x − x) / x³ in x², for |x| ≤ 0.57; beyond, too large.
const near = [-0.33332860469818115, 0.1331872195005417, -0.052542794495821, 0.0161915123462677];
// e²ʳ for |r| ≤ ¼ ln 2.
const exponential = [1, 0.9999996423721313, 0.4999920129776001, 0.16667763888835907, 0.04189339652657509, 0.008283747360110283].map((c, k) => c * 2 ** k); // prettier-ignore

/** Near 0 an odd polynomial; beyond, 1 − 2 / (e²ˣ + 1), which forgives the exponential its error. The smaller is the right one. */
export function tanh(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const bias = e.f32(roundToExponent);
  const input = fn.name(x);
  const a = fn.name(f32x4.abs(input));
  const z = fn.name(f32x4.mul(a, a));
  const low = fn.name(e.madd(f32x4.mul(a, z), horner(e, z, near), a));
  const c = between(e, border, a, 9.1);
  const t = fn.name(e.madd(c, e.f32(2 * Math.LOG2E), bias));
  const r = fn.name(e.nmadd(f32x4.sub(t, bias), e.f32(Math.LN2 / 2), c));
  const denominator = e.madd(polynomial(e, r, exponential), i32x4.shl(t, i32.const(23)), e.f32(1));
  const high = f32x4.sub(e.f32(1), f32x4.div(e.f32(2), denominator));
  return withSignOf(e, input, f32x4.pmin(low, high));
}
