import { f64x2, i64x2, v128, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { withSignOf } from './float32-lanes.ts';
import { i64Pair, inFloat64, polynomial64 } from './float64-halves.ts';
import { inFunction } from './in-function.ts';

// atan(q) / q in q², for 0 ≤ q ≤ 1, to 6e-11.
const arctangent = [
  1, -0.3333333213379243, 0.19999927242145252, -0.14284167178035287, 0.1109450308555419, -0.08985435868172063, 0.07259427723412283,
  -0.05451575900090135, 0.03447561417551769, -0.0162992488275763, 0.0049262691985750735, -0.0006979409087575685,
]; // prettier-ignore

/** The angle of the point (x, y), in float64: of the smaller coordinate to the larger, then mirrored where it lies. */
export const atan2 = (e: Emitter, y: V128, x: V128): V128 =>
  inFunction(e, 'atan2', [y, x], (inner, up, across) => {
    const { fn } = inner;
    const angle = inFloat64(inner, [up, across], (b, a) => {
      // Two infinities are as far as each other; two zeros point along the axis.
      const limit = inner.f64(1e300);
      const height = fn.name(f64x2.pmin(f64x2.abs(b), limit));
      const width = fn.name(f64x2.pmin(f64x2.abs(a), limit));
      const larger = f64x2.pmax(f64x2.max(height, width), inner.f64(1e-300));
      const q = fn.name(f64x2.div(f64x2.min(height, width), larger));
      const acute = fn.name(f64x2.mul(q, polynomial64(inner, fn.name(f64x2.mul(q, q)), arctangent)));
      const steep = f64x2.gt(height, width);
      const right = fn.name(v128.bitselect(f64x2.sub(inner.f64(Math.PI / 2), acute), acute, steep));
      return v128.bitselect(f64x2.sub(inner.f64(Math.PI), right), right, i64x2.ltS(a, i64Pair(0, 0)));
    });
    return withSignOf(inner, up, angle);
  });
