// Logarithms: x = 2ᵏ (1 + f) with 2/3 ≤ 1 + f < 4/3, taken from the bits of x, and a polynomial in f (minimax of the relative error).

import { f32x4, i32, i32x4, v128, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { polynomial, withSignOf } from './float32-lanes.ts';

// (ln(1 + f) − f) / f².
const coefficients = [
  -0.49999934434890747, 0.3333321511745453, -0.25007879734039307, 0.20010504126548767, -0.1641518920660019, 0.14004047214984894,
  -0.1539188176393509, 0.13993628323078156,
]; // prettier-ignore

const twoThirds = 0x3f2aaaab;
const smallestNormal = 2 ** -126;

/** k ln 2 + ln(1 + f), and what of 0, negative numbers, +Infinity and NaN `x` is. */
function put(e: Emitter, x: Local<'v128'>, k: V128, f: Local<'v128'>): V128 {
  const square = e.fn.name(f32x4.mul(f, f));
  const series = e.madd(square, polynomial(e, f, coefficients, square), f);
  const finite = e.madd(f32x4.convertI32x4S(k), e.f32(Math.LN2), series);
  const infinite = v128.andnot(x, f32x4.lt(x, e.f32(Infinity)));
  const zero = v128.and(f32x4.eq(x, e.f32(0)), e.f32(-Infinity));
  // A mask of ones is a NaN.
  return v128.or(f32x4.add(finite, v128.or(infinite, zero)), f32x4.lt(x, e.f32(0)));
}

export function log(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const input = fn.name(x);
  const denormal = fn.name(f32x4.lt(input, e.f32(smallestNormal)));
  // 1, or 2²³ for denormal numbers.
  const scale = v128.xor(e.f32(1), v128.and(denormal, e.i32(0x3f800000 ^ 0x4b000000)));
  const bits = fn.name(i32x4.sub(f32x4.mul(input, scale), e.i32(twoThirds)));
  const k = fn.name(i32x4.add(i32x4.shrS(bits, i32.const(23)), v128.and(denormal, e.i32(-23))));
  const m = i32x4.add(v128.and(bits, e.i32(0x7fffff)), e.i32(twoThirds));
  return put(e, input, k, fn.name(f32x4.sub(m, e.f32(1))));
}

/** k comes from 1 + x rounded, f from x itself: f = 2⁻ᵏx + (2⁻ᵏ − 1) is rounded once. */
export function log1p(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const input = fn.name(x);
  const u = fn.name(f32x4.add(input, e.f32(1)));
  const shift = fn.name(v128.and(i32x4.sub(u, e.i32(twoThirds)), e.i32(-0x800000)));
  // 4 · 2⁻ᵏ, since 2⁻¹²⁸ is not a normal number.
  const power = i32x4.sub(e.f32(4), shift);
  const f = fn.name(f32x4.add(i32x4.sub(input, shift), e.madd(power, e.f32(0.25), e.f32(-1))));
  return withSignOf(e, input, put(e, u, i32x4.shrS(shift, i32.const(23)), f));
}
