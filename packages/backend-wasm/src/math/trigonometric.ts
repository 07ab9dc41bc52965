// sin, cos, tan: x = n π/2 + r. The remainder is taken in float64, with π/2 in two parts of which the first times n is exact, and so
// it is right to the last bit of float32 up to |x| = 2²⁰; beyond that the host is asked, lane by lane.

import { call, f32x4, f64x2, i32, i32x4, i64x2, v128, type Local, type V128 } from '../assembler/index.ts'; // prettier-ignore
import type { Emitter } from '../emitter.ts';
import { byLanes } from './by-lanes.ts';
import { horner, withSignOf } from './float32-lanes.ts';
import { i64Pair, inFloat64, madd64, polynomial64 } from './float64-halves.ts';
import { inFunction } from './in-function.ts';

const reducible = 2 ** 20;
const halfPiHigh = 1.5707963267341256;
const halfPiLow = 6.077100506506192e-11;
const roundToLowBits64 = 2 ** 52 * 1.5;

/** The remainder r, |r| ≤ π/4, and what holds n in its low bits, of two float64. */
function reduce(e: Emitter, x: Local<'v128'>): { r: Local<'v128'>; n: Local<'v128'> } {
  const { fn } = e;
  const n = fn.name(madd64(e, x, e.f64(2 / Math.PI), e.f64(roundToLowBits64)));
  const whole = fn.name(f64x2.sub(n, e.f64(roundToLowBits64)));
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(whole, e.f64(halfPiHigh))), f64x2.mul(whole, e.f64(halfPiLow)));
  return { r: fn.name(r), n };
}

/** `fast`, and in lanes that are too large what the host says: none depends on its neighbours. Infinities and NaN are not its business. */
function guarded(e: Emitter, name: string, x: Local<'v128'>, fast: V128): V128 {
  const { fn } = e;
  const result = fn.name(fast);
  const size = fn.name(f32x4.abs(x));
  const large = fn.name(v128.and(f32x4.gt(size, e.f32(reducible)), f32x4.lt(size, e.f32(Infinity))));
  fn.if(v128.anyTrue(large), () => fn.set(result, v128.bitselect(call('v128', byLanes(e, name, 1), x), result, large)));
  return result;
}

// (sin x − x) / x³ and (cos x − 1 + x²/2) / x⁴ in x², for |x| ≤ π/4.
const sine = [-0.16666655242443085, 0.008332189172506332, -0.0001951828453456983];
const cosine = [0.04166664555668831, -0.0013887310633435845, 2.4432563805021346e-5];

/** sin(x + quarter · π/2). */
function wave(e: Emitter, name: string, x: V128, quarter: 0 | 1): V128 {
  const { fn } = e;
  const input = fn.name(x);
  const integers: Local<'v128'>[] = [];
  const r = fn.name(
    inFloat64(e, [input], (half) => {
      const reduced = reduce(e, half);
      integers.push(reduced.n);
      return reduced.r;
    }),
  );
  const [low = input, high = input] = integers;
  const lowBits = i32x4.shuffle(low, high, [0, 2, 4, 6]);
  const n = fn.name(quarter === 0 ? lowBits : i32x4.add(lowBits, e.i32(1)));
  const z = fn.name(f32x4.mul(r, r));
  const cos = e.madd(f32x4.mul(z, z), horner(e, z, cosine), e.nmadd(z, e.f32(0.5), e.f32(1)));
  const a = fn.name(f32x4.abs(r)); // so that the sine of −0 is −0
  const sin = withSignOf(e, r, e.madd(f32x4.mul(a, z), horner(e, z, sine), a));
  const odd = i32x4.shrS(i32x4.shl(n, i32.const(31)), i32.const(31));
  const value = v128.bitselect(cos, sin, odd);
  const flip = v128.and(i32x4.shl(n, i32.const(30)), e.i32(0x80000000));
  return guarded(e, name, input, v128.xor(value, flip));
}

export const sin = (e: Emitter, x: V128): V128 => wave(e, 'sin', x, 0);
export const cos = (e: Emitter, x: V128): V128 => wave(e, 'cos', x, 1);

// The same to 5e-12, with the terms before.
const sine64 = [1, -0.1666666664077041, 0.008333329301729945, -0.00019839311261370097, 2.718111960587758e-6];
const cosine64 = [1, -0.5, 0.041666666619442246, -0.0013888883495881796, 2.479945905344339e-5, -2.7205663489933425e-7];

export const tan = (e: Emitter, x: V128): V128 =>
  inFunction(e, 'tan', [x], (inner, input) => {
    const { fn } = inner;
    const fast = inFloat64(inner, [input], (half) => {
      const { r, n } = reduce(inner, half);
      const z = fn.name(f64x2.mul(r, r));
      const sin = fn.name(f64x2.mul(r, polynomial64(inner, z, sine64)));
      const cos = fn.name(polynomial64(inner, z, cosine64));
      const odd = fn.name(i64x2.ne(v128.and(n, i64Pair(1, 0)), i64Pair(0, 0)));
      // A quarter turn makes it −1 / tan.
      const ratio = f64x2.div(v128.bitselect(cos, sin, odd), v128.bitselect(sin, cos, odd));
      return v128.xor(ratio, i64x2.shl(n, i32.const(63)));
    });
    return guarded(inner, 'tan', input, fast);
  });
