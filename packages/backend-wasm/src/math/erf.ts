import { f32x4, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { between, horner, polynomial, withSignOf } from './float32-lanes.ts';

const border = 1.2;
// erf(x) / x − 1 in x², for |x| ≤ 1.2; beyond, too large.
const near = [
  0.12837915122509003, -0.37612536549568176, 0.11282674223184586, -0.026819754391908646, 0.0051306127570569515, -0.0007557515054941177,
  6.515256245620549e-5,
]; // prettier-ignore
// (⁴√erfc(x) − one) / x for 1.2 ≤ x ≤ 3.95, where erf is 1 in float32. It takes few terms, since the fourth power forgives the root
// its error ever more.
const one = 1.0063998699188232;
const root = [
  -0.312285840511322, -0.05770163610577583, -0.0555875338613987, 0.06880646198987961, -0.0230439193546772, 0.0033741772640496492,
  -0.00018940880545414984,
]; // prettier-ignore

/** Near 0 an odd polynomial; beyond, 1 − g⁴. The smaller is the right one. */
export function erf(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const input = fn.name(x);
  const a = fn.name(f32x4.abs(input));
  const low = fn.name(e.madd(a, horner(e, fn.name(f32x4.mul(a, a)), near), a));
  const c = between(e, border, a, 3.95);
  const g = fn.name(e.madd(polynomial(e, c, root), c, e.f32(one)));
  const square = fn.name(f32x4.mul(g, g));
  const high = e.nmadd(square, square, e.f32(1));
  return withSignOf(e, input, f32x4.pmin(low, high));
}
