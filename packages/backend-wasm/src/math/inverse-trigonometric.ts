import { f32x4, v128, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { polynomial, withSignOf } from './float32-lanes.ts';

// (asin x − x) / x³ in x², for |x| ≤ ½.
const arcsine = [
  0.16666752099990845, 0.074953094124794, 0.04546914994716644, 0.024184778332710266, 0.042158305644989014,
];

/** asin a for a = |x| ≤ ½, and beyond (`far`) asin √((1 − a) / 2), from which asin a = π/2 − 2 of it. NaN for a > 1. */
function reducedArcsine(e: Emitter, a: Local<'v128'>): { value: Local<'v128'>; far: Local<'v128'> } {
  const { fn } = e;
  const far = fn.name(f32x4.gt(a, e.f32(0.5)));
  const rest = fn.name(e.nmadd(a, e.f32(0.5), e.f32(0.5)));
  const s = fn.name(v128.bitselect(f32x4.sqrt(rest), a, far));
  const z = fn.name(v128.bitselect(rest, f32x4.mul(a, a), far));
  return { value: fn.name(e.madd(f32x4.mul(s, z), polynomial(e, z, arcsine), s)), far };
}

const halfPi = Math.fround(Math.PI / 2);
const halfPiRest = Math.PI / 2 - halfPi;

export function asin(e: Emitter, x: V128): V128 {
  const input = e.fn.name(x);
  const { value, far } = reducedArcsine(e, e.fn.name(f32x4.abs(input)));
  const other = f32x4.add(e.nmadd(value, e.f32(2), e.f32(halfPi)), e.f32(halfPiRest));
  return withSignOf(e, input, v128.bitselect(other, value, far));
}

/** π/2 − asin x; beyond ½ twice the reduced arcsine, or π less that. */
export function acos(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const input = fn.name(x);
  const { value, far } = reducedArcsine(e, fn.name(f32x4.abs(input)));
  const signed = fn.name(withSignOf(e, input, value));
  const nearly = f32x4.sub(e.f32(halfPi), f32x4.sub(signed, e.f32(halfPiRest)));
  const start = v128.and(f32x4.lt(input, e.f32(0)), e.f32(Math.PI));
  return v128.bitselect(e.madd(signed, e.f32(2), start), nearly, far);
}

// (atan x − x) / x³ in x², for |x| ≤ 1.
const arctangent = [
  -0.33333152532577515, 0.19993767142295837, -0.14211003482341766, 0.10665786266326904, -0.07551728934049606, 0.043205976486206055,
  -0.016364244744181633, 0.0029197600670158863,
]; // prettier-ignore

/** Beyond 1, π/2 − atan(1 / x). */
export function atan(e: Emitter, x: V128): V128 {
  const { fn } = e;
  const input = fn.name(x);
  const a = fn.name(f32x4.abs(input));
  const t = fn.name(f32x4.pmin(a, f32x4.div(e.f32(1), a)));
  const z = fn.name(f32x4.mul(t, t));
  const value = fn.name(e.madd(f32x4.mul(t, z), polynomial(e, z, arctangent), t));
  const other = f32x4.sub(e.f32(halfPi), f32x4.sub(value, e.f32(halfPiRest)));
  return withSignOf(e, input, v128.bitselect(other, value, f32x4.gt(a, e.f32(1))));
}
