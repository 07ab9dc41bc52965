// Rare functions are computed in float64, two lanes at a time: rounded to float32 at the end they are right to half a unit, and
// denormal numbers and overflow need no care.

import { f32x4, f64x2, i32, i32x4, i64x2, v128, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';

/** `f` of float32 vectors, computed in float64: once for the lower two lanes and once for the upper. */
export function inFloat64(e: Emitter, vectors: readonly V128[], f: (...halves: Local<'v128'>[]) => V128): V128 {
  const { fn } = e;
  const whole = vectors.map((x) => fn.name(x));
  const half = (first: 0 | 2): Local<'v128'> => {
    const pairs = whole.map((x) => fn.name(f64x2.promoteLowF32x4(first === 0 ? x : f32x4.shuffle(x, x, [2, 3, 2, 3]))));
    return fn.name(f32x4.demoteF64x2Zero(f(...pairs)));
  };
  const low = half(0);
  return f32x4.shuffle(low, half(2), [0, 1, 4, 5]);
}

/** x · y + z. */
export const madd64 = (e: Emitter, x: V128, y: V128, z: V128): V128 =>
  e.features.relaxed ? f64x2.relaxedMadd(x, y, z) : f64x2.add(f64x2.mul(x, y), z);

/** c₀ + c₁x + c₂x² + …. */
export function polynomial64(e: Emitter, x: Local<'v128'>, [first = 0, ...rest]: readonly number[]): V128 {
  return rest.length === 0 ? e.f64(first) : madd64(e, polynomial64(e, x, rest), x, e.f64(first));
}

/** Two int64 of one value, by their halves. */
export const i64Pair = (low: number, high: number): V128 => i32x4.const(low, high, low, high);

// log₂((1 + s) / (1 − s)) / s in s², for 1/√2 ≤ (1 + s) / (1 − s) ≤ √2.
const logarithm = [1.9999999999999472, 0.666666666796288, 0.39999994873691835, 0.28572168117833396, 0.2217416664925755, 0.19609301152671277].map((c) => c * Math.LOG2E); // prettier-ignore

/** log₂ x, within 1e-13 of it. */
export function log2(e: Emitter, x: Local<'v128'>): V128 {
  const { fn } = e;
  const root = i64Pair(0, 0x3fe6a09e);
  const shift = fn.name(v128.and(i64x2.sub(x, root), i64Pair(0, -0x100000)));
  const m = fn.name(i64x2.sub(x, shift));
  const k = f64x2.convertLowI32x4S(i32x4.shrS(i32x4.shuffle(shift, shift, [1, 3, 1, 3]), i32.const(20)));
  const s = fn.name(f64x2.div(f64x2.sub(m, e.f64(1)), f64x2.add(m, e.f64(1))));
  const finite = madd64(e, polynomial64(e, fn.name(f64x2.mul(s, s)), logarithm), s, k);
  const infinite = v128.andnot(x, f64x2.lt(x, e.f64(Infinity)));
  const zero = v128.and(f64x2.eq(x, e.f64(0)), e.f64(-Infinity));
  // A mask of ones is a NaN.
  return v128.or(f64x2.add(finite, v128.or(infinite, zero)), f64x2.lt(x, e.f64(0)));
}

// 2ᶠ for |f| ≤ ½.
const power = [1, 0.6931471805416521, 0.2402265107584677, 0.05550410962584499, 0.009618036911616692, 0.001333343077515024, 0.0001546711013494398, 1.531494979826951e-5]; // prettier-ignore

/** 2ˣ, within 5e-11 of it, for what float32 can hold of it: less is 0 there, more is infinite. */
export function exp2(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const bias = e.f64(2 ** 52 * 1.5 + 1023);
  const c = fn.name(f64x2.pmax(f64x2.pmin(x, e.f64(200)), e.f64(-200)));
  const t = fn.name(f64x2.add(c, bias));
  const f = fn.name(f64x2.sub(c, f64x2.sub(t, bias)));
  return f64x2.mul(polynomial64(e, f, power), i64x2.shl(t, i32.const(52)));
}
