// eˣ and what is made of it: x = n ln 2 + r with a small r, a polynomial in r (minimax of the relative error), and 2ⁿ put
// together from the bits of n.

import { f32x4, i32, i32x4, v128, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { atMost, between, polynomial, roundToExponent, withSignOf } from './float32-lanes.ts';

// ln 2 in two parts, the first so short that its product with n is exact.
const ln2High = 0.693359375;
const ln2Low = Math.LN2 - ln2High;

// (eʳ − 1 − r) / r² for |r| ≤ ln 2, and for |r| ≤ ½ ln 2.
const untilLn2 = [
  0.5000003576278687, 0.1666661649942398, 0.04166121035814285, 0.008335999213159084, 0.0014105277368798852, 0.00019623577827587724,
]; // prettier-ignore
const untilHalfLn2 = [
  0.4999999701976776, 0.1666654497385025, 0.04166744649410248, 0.008366446942090988, 0.0013869841350242496,
];

/** For −106 ≤ x ≤ 89 2ⁿ, with an even n, comes in two halves, of which each is a normal number. */
export function exp(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const bias = e.f32(roundToExponent);
  const c = between(e, -106, x, 89);
  const t = fn.name(e.madd(c, e.f32(Math.LOG2E / 2), bias));
  const n = fn.name(f32x4.sub(t, bias));
  const r = fn.name(e.nmadd(n, e.f32(2 * ln2Low), e.nmadd(n, e.f32(2 * ln2High), c)));
  const square = fn.name(f32x4.mul(r, r));
  const rest = e.madd(square, polynomial(e, r, untilLn2, square), r);
  const root = fn.name(i32x4.shl(t, i32.const(23)));
  return f32x4.mul(f32x4.mul(f32x4.add(rest, e.f32(1)), root), root);
}

/** eʳ − 1, and what `bias` makes of n. */
function reduced(e: Emitter, x: Local<'v128'>, bias: Local<'v128'>): { rest: V128; t: Local<'v128'> } {
  const { fn } = e;
  const t = fn.name(e.madd(x, e.f32(Math.LOG2E), bias));
  const n = fn.name(f32x4.sub(t, bias));
  const r = fn.name(e.nmadd(n, e.f32(ln2Low), e.nmadd(n, e.f32(ln2High), x)));
  const square = fn.name(f32x4.mul(r, r));
  return { rest: e.madd(square, polynomial(e, r, untilHalfLn2, square), r), t };
}

/** ½eˣ for x ≥ 0, overflowing only where cosh does: as twice a quarter, since 2¹²⁸ is no number. */
export function halfExp(e: Emitter, x: V128): Local<'v128'> {
  const { rest, t } = reduced(e, atMost(e, x, 89.5), e.f32(roundToExponent - 2));
  const quarter = f32x4.mul(f32x4.add(rest, e.f32(1)), i32x4.shl(t, i32.const(23)));
  return e.fn.name(f32x4.mul(quarter, e.f32(2)));
}

export function expm1(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const input = fn.name(x);
  const c = between(e, -18, input, 89);
  const { rest, t } = reduced(e, c, e.f32(roundToExponent));
  // 2¹²⁸ is no number: near the top n is one less, and the result is doubled.
  const top = fn.name(f32x4.gt(c, e.f32(88)));
  const power = fn.name(i32x4.shl(i32x4.add(t, top), i32.const(23)));
  const value = fn.name(e.madd(rest, power, f32x4.sub(power, e.f32(1))));
  return withSignOf(e, input, f32x4.add(value, v128.and(value, top)));
}
