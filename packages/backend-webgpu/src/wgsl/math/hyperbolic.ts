// sinh, cosh, tanh from exponentials, and their inverses from log1p.

import { bits, f, polynomial } from './literals.ts';

// (sinh x − x) / x³ in x², for |x| ≤ 1, and (tanh x − x) / x³ for |x| ≤ 0.57.
const sine = [0.1666671633720398, 0.008330273441970348, 0.0002037293161265552];
const tangent = [-0.33332860469818115, 0.1331872195005417, -0.052542794495821, 0.0161915123462677];

/** Beyond, asinh and acosh are ln 2x: they never square a number that is too large. */
const large = 2 ** 25;

export const hyperbolicFunctions = {
  /** With h = ½eˣ, h − ¼/h; near 0 an odd polynomial. */
  hyperbolicSine: `fn hyperbolicSine(x: f32) -> f32 {
  let size = abs(x);
  let half = halfExp(size);
  let z = size * size;
  let near = fma(size * z, ${polynomial('z', sine)}, size);
  let far = instead(half - 0.25f / half, bitcast<u32>(half), size > 20f);
  return keepNan(withSign(select(far, near, size < 1f), x), x);
}`,
  hyperbolicCosine: `fn hyperbolicCosine(x: f32) -> f32 {
  let half = halfExp(abs(x));
  return keepNan(instead(half + 0.25f / half, bitcast<u32>(half), abs(x) > 20f), x);
}`,
  /** Near 0 an odd polynomial; beyond, 1 − 2 / (e²ˣ + 1), which forgives the exponential its error. */
  hyperbolicTangent: `fn hyperbolicTangent(x: f32) -> f32 {
  let size = min(abs(x), 9.1f);
  let z = size * size;
  let near = fma(size * z, ${polynomial('z', tangent)}, size);
  let e = reducedExp(2f * size);
  let far = 1f - 2f / (bitcast<f32>(bitcast<u32>(1f + e.rest) + (e.n << 23u)) + 1f);
  return keepNan(withSign(select(far, near, size < 0.57f), x), x);
}`,
  /** ln(1 + x + x² / (1 + √(x² + 1))). */
  inverseHyperbolicSine: `fn inverseHyperbolicSine(x: f32) -> f32 {
  let size = abs(x);
  let far = size > ${f(large)};
  let a = min(size, ${f(large)});
  let square = a * a;
  let value = logOnePlus(select(a + square / (1f + root(square + 1f)), size, far));
  return keepNan(withSign(value + select(0f, ${f(Math.LN2)}, far), x), x);
}`,
  /** ln(1 + u + √(u (u + 2))) with u = x − 1. */
  inverseHyperbolicCosine: `fn inverseHyperbolicCosine(x: f32) -> f32 {
  let far = x > ${f(large)};
  let u = min(x, ${f(large)}) - 1f;
  let value = logOnePlus(select(u + root(u * (u + 2f)), x, far)) + select(0f, ${f(Math.LN2)}, far);
  return keepNan(instead(value, 0x7fc00000u, x < 1f), x);
}`,
  /** ½ ln(1 + 2x + 2x² / (1 − x)). */
  inverseHyperbolicTangent: `fn inverseHyperbolicTangent(x: f32) -> f32 {
  let size = abs(x);
  let double = size + size;
  let value = 0.5f * logOnePlus(fma(double, size / (1f - size), double));
  let bound = bitcast<u32>(x) & 0x7fffffffu;
  let ended = instead(withSign(value, x), (bitcast<u32>(x) & 0x80000000u) | 0x7f800000u, bound == ${bits(1)});
  return instead(ended, 0x7fc00000u, bound > ${bits(1)});
}`,
} as const;
