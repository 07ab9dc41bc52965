import { bits, f, polynomial } from './literals.ts';

// (asin x − x) / x³ in x², for |x| ≤ ½.
const arcsine = [
  0.16666752099990845, 0.074953094124794, 0.04546914994716644, 0.024184778332710266, 0.042158305644989014,
];

// (atan x − x) / x³ in x², for |x| ≤ 1.
const arctangent = [
  -0.33333152532577515, 0.19993767142295837, -0.14211003482341766, 0.10665786266326904, -0.07551728934049606, 0.043205976486206055,
  -0.016364244744181633, 0.0029197600670158863,
]; // prettier-ignore

const halfPi = Math.fround(Math.PI / 2);
const halfPiRest = Math.PI / 2 - halfPi;

export const inverseTrigonometricFunctions = {
  /** asin x for 0 ≤ x ≤ ½, and beyond asin √((1 − x) / 2), from which asin x = π/2 − 2 of it. */
  reducedArcsine: `fn reducedArcsine(x: f32) -> f32 {
  let far = x > 0.5f;
  let rest = fma(x, -0.5f, 0.5f);
  let s = select(x, root(rest), far);
  let z = select(x * x, rest, far);
  return fma(s * z, ${polynomial('z', arcsine)}, s);
}`,
  arcsine: `fn arcsine(x: f32) -> f32 {
  let size = abs(x);
  let value = reducedArcsine(size);
  let far = fma(value, -2f, ${f(halfPi)}) + ${f(halfPiRest)};
  let signed = withSign(select(value, far, size > 0.5f), x);
  return instead(signed, 0x7fc00000u, (bitcast<u32>(x) & 0x7fffffffu) > ${bits(1)});
}`,
  /** π/2 − asin x; beyond ½ twice the reduced arcsine, or π less that. */
  arccosine: `fn arccosine(x: f32) -> f32 {
  let size = abs(x);
  let value = withSign(reducedArcsine(size), x);
  let near = ${f(halfPi)} - (value - ${f(halfPiRest)});
  let far = fma(value, 2f, select(0f, ${f(Math.PI)}, x < 0f));
  return instead(select(near, far, size > 0.5f), 0x7fc00000u, (bitcast<u32>(x) & 0x7fffffffu) > ${bits(1)});
}`,
  /** Of 0 ≤ x ≤ 1. */
  reducedArctangent: `fn reducedArctangent(x: f32) -> f32 {
  let z = x * x;
  return fma(x * z, ${polynomial('z', arctangent)}, x);
}`,
  /** Beyond 1, π/2 − atan(1 / x). */
  arctangent: `fn arctangent(x: f32) -> f32 {
  let size = abs(x);
  let far = size > 1f;
  let value = reducedArctangent(select(size, 1f / max(size, 1f), far));
  let other = ${f(halfPi)} - (value - ${f(halfPiRest)});
  return keepNan(withSign(select(value, other, far), x), x);
}`,
  /** The angle of the point (x, y): of the smaller coordinate to the larger, then mirrored where it lies. */
  arctangent2: `fn arctangent2(y: f32, x: f32) -> f32 {
  let height = abs(y);
  let width = abs(x);
  let steep = height > width;
  let larger = max(height, width);
  let smaller = min(height, width);
  // Two infinities are as far as each other; two zeros point along the axis.
  let ratio = instead(quotient(smaller, larger), ${bits(1)}, bitcast<u32>(smaller) == 0x7f800000u);
  let acute = reducedArctangent(instead(ratio, 0u, larger == 0f));
  let right = select(acute, ${f(halfPi)} - (acute - ${f(halfPiRest)}), steep);
  let angle = select(right, ${f(Math.PI)} - (right - ${f(Math.PI - Math.fround(Math.PI))}), bitcast<u32>(x) >= 0x80000000u);
  return keepNan(keepNan(withSign(angle, y), y), x);
}`,
} as const;
