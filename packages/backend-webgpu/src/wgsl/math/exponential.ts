// eˣ and what is made of it: x = n ln 2 + r with a small r, a polynomial in r (minimax of the relative error), and 2ⁿ added to the
// exponent's bits. The device's own is right to a few units near 0 only.

import { bits, f, polynomial } from './literals.ts';

// ln 2 in two parts, the first so short that its product with n is exact.
const ln2High = 0.693359375;
const ln2Low = Math.LN2 - ln2High;

// (eʳ − 1 − r) / r² for |r| ≤ ½ ln 2.
const coefficients = [
  0.4999999701976776, 0.1666654497385025, 0.04166744649410248, 0.008366446942090988, 0.0013869841350242496,
];

/** x plus this is x rounded to an integer, which the low bits of the sum hold. */
export const roundToLowBits = 2 ** 23 * 1.5;

/** The last number whose exponential is finite, and the last one whose is a normal number. */
const overflow = 88.72283172607422;
const underflow = -87.33654022216797;

export const exponentialFunctions = {
  /** eʳ − 1 and n. */
  reducedExp: `struct ReducedExp { rest: f32, n: u32 }
fn reducedExp(x: f32) -> ReducedExp {
  let t = opaque(fma(x, ${f(Math.LOG2E)}, ${f(roundToLowBits)}));
  let n = t - ${f(roundToLowBits)};
  let r = fma(n, ${f(-ln2Low)}, opaque(fma(n, ${f(-ln2High)}, x)));
  return ReducedExp(fma(r * r, ${polynomial('r', coefficients)}, r), bitcast<u32>(t));
}`,
  exponential: `fn exponential(x: f32) -> f32 {
  let e = reducedExp(x);
  let value = bitcast<f32>(bitcast<u32>(1f + e.rest) + (e.n << 23u));
  return keepNan(instead(instead(value, 0x7f800000u, x > ${f(overflow)}), 0u, x < ${f(underflow)}), x);
}`,
  /** ½eˣ for x ≥ 0. */
  halfExp: `fn halfExp(x: f32) -> f32 {
  let e = reducedExp(x);
  let value = bitcast<f32>(bitcast<u32>(1f + e.rest) + ((e.n - 1u) << 23u));
  return instead(value, 0x7f800000u, x > ${f(89.41598510742188)});
}`,
  expMinusOne: `fn expMinusOne(x: f32) -> f32 {
  let e = reducedExp(x);
  let power = bitcast<f32>(${bits(1)} + (e.n << 23u));
  let near = fma(e.rest, power, opaque(power - 1f));
  let far = bitcast<f32>(bitcast<u32>(1f + e.rest) + (e.n << 23u));
  let value = instead(select(near, far, x > 60f), 0x7f800000u, x > ${f(overflow)});
  return keepNan(withSign(instead(value, ${bits(-1)}, x < -20f), x), x);
}`,
} as const;
