// eˣ and what is made of it: x = n ln 2 + r with a small r, a polynomial in r (minimax of the relative error), and 2ⁿ put
// together from the bits of n.

import { f32x4, i32, i32x4, v128, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { atMost, between, polynomial, roundToExponent, withSignOf } from './float32-lanes.ts';

// ln 2 in two parts, the first so short that its product with n is exact.
const ln2High = 0.693359375;
const ln2Low = Math.LN2 - ln2High;

// (eʳ − 1 − r) / r² for |r| ≤ ln 2, and for |r| ≤ ½ ln 2.
const wide = [
  0.5000003576278687, 0.1666661649942398, 0.04166121035814285, 0.008335999213159084, 0.0014105277368798852, 0.00019623577827587724,
]; // prettier-ignore
const narrow = [
  0.4999999701976776, 0.1666654497385025, 0.04166744649410248, 0.008366446942090988, 0.0013869841350242496,
];

/** (1 + rest) · power². */
interface Scaled {
  readonly rest: Local<'v128'>;
  readonly power: Local<'v128'>;
}

/** eˣ for −106 ≤ x ≤ 91: 2ⁿ with an even n comes in two halves, of which each is a normal number. */
function scaledExp(e: Emitter, x: Local<'v128'>): Scaled {
  const { fn } = e;
  const bias = e.f32(roundToExponent);
  const t = fn.name(e.madd(x, e.f32(Math.LOG2E / 2), bias));
  const n = fn.name(f32x4.sub(t, bias));
  const r = fn.name(e.nmadd(n, e.f32(2 * ln2Low), e.nmadd(n, e.f32(2 * ln2High), x)));
  const square = fn.name(f32x4.mul(r, r));
  const rest = fn.name(e.madd(square, polynomial(e, r, wide, square), r));
  return { rest, power: fn.name(i32x4.shl(t, i32.const(23))) };
}

export function exp(e: Emitter, x: V128): V128 {
  const { rest, power } = scaledExp(e, between(e, -106, x, 89));
  return f32x4.mul(f32x4.mul(f32x4.add(rest, e.f32(1)), power), power);
}

/** ½eˣ for x ≥ 0, overflowing only where cosh does, and what was lost when it was rounded. */
export function halfExp(e: Emitter, x: V128): { high: Local<'v128'>; low: V128 } {
  const { rest, power } = scaledExp(e, atMost(e, x, 91));
  const half = e.fn.name(f32x4.mul(power, e.f32(0.5)));
  const sum = e.fn.name(f32x4.add(rest, e.f32(1)));
  const lost = f32x4.sub(rest, f32x4.sub(sum, e.f32(1)));
  return { high: e.fn.name(f32x4.mul(f32x4.mul(sum, power), half)), low: f32x4.mul(f32x4.mul(lost, power), half) };
}

export function expm1(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const bias = e.f32(roundToExponent);
  const input = fn.name(x);
  const c = between(e, -18, input, 89);
  const t = fn.name(e.madd(c, e.f32(Math.LOG2E), bias));
  const n = fn.name(f32x4.sub(t, bias));
  const r = fn.name(e.nmadd(n, e.f32(ln2Low), e.nmadd(n, e.f32(ln2High), c)));
  const square = fn.name(f32x4.mul(r, r));
  const p = e.madd(square, polynomial(e, r, narrow, square), r);
  // 2¹²⁸ is no number: near the top n is one less, and the result is doubled.
  const top = fn.name(f32x4.gt(c, e.f32(88)));
  const power = fn.name(i32x4.shl(i32x4.add(t, top), i32.const(23)));
  const value = fn.name(e.madd(p, power, f32x4.sub(power, e.f32(1))));
  return withSignOf(e, input, f32x4.add(value, v128.and(value, top)));
}
