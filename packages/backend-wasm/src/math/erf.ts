import { f32x4, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { between, horner, polynomial, withSignOf } from './float32-lanes.ts';

const border = 1.1;
// erf(x) / x − 1 in x², for |x| ≤ 1.1; beyond, too large.
const near = [0.12837916612625122, -0.37612608075141907, 0.11283331364393234, -0.026842286810278893, 0.0051656668074429035, -0.0007808861555531621, 7.190409814938903e-05]; // prettier-ignore
// (⁴√erfc(x) − one) / x for 1.1 ≤ x ≤ 3.95, where erf is 1 in float32. It takes few terms, since the fourth power forgives the root
// its error ever more.
const one = 1.005204677581787;
const root = [-0.30763882398605347, -0.06530191749334335, -0.048814933747053146, 0.06525798887014389, -0.021951530128717422, 0.003191344439983368, -0.00017658231081441045]; // prettier-ignore

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
