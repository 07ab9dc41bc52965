// Division, square root and remainder: WGSL lets drivers be two units off in the first two, also where the result is a whole number.

import { bits, f } from './literals.ts';

/** Exponents for which the corrections below neither overflow nor vanish: from 2⁻⁶³ on, below 2⁶⁴. */
const isModerate = (x: string): string => `((bitcast<u32>(${x}) & 0x7fffffffu) - 0x20000000u < 0x3f800000u)`;

export const arithmeticFunctions = {
  /** One step of Newton's makes it the nearest number, where the driver fuses. Divisors beyond 2¹²⁶ have a reciprocal that it may flush. */
  quotient: `fn quotient(x: f32, y: f32) -> f32 {
  let scale = select(1f, 0.25f, (bitcast<u32>(y) & 0x7fffffffu) > ${bits(2 ** 126)});
  let q = (x * scale) / (y * scale);
  let better = q + fma(-q, y, x) / y;
  return select(q, better, ${isModerate('x')} & ${isModerate('y')});
}`,
  root: `fn root(x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let finite = sqrt(x);
  let special = select(select(0x7fc00000u, bitcast<u32>(x), bitcast<u32>(x) == 0x7f800000u), bitcast<u32>(x) & 0x80000000u, size < 0x00800000u);
  return instead(finite, special, bitcast<u32>(x) - 0x00800000u >= 0x7f000000u);
}`,
  /** The same, corrected as `quotient` is. */
  nearestRoot: `fn nearestRoot(x: f32) -> f32 {
  let s = root(x);
  return select(s, s + fma(-s, s, x) * (0.5f / s), ${isModerate('x')});
}`,
  /** C's fmod: x − y · trunc(x / y), exact. A long division of the mantissas, eight binary digits at a time. */
  remainder: `fn remainder(x: f32, y: f32) -> f32 {
  let sizeX = bitcast<u32>(x) & 0x7fffffffu;
  let sizeY = bitcast<u32>(y) & 0x7fffffffu;
  if (sizeX >= 0x7f800000u || sizeY > 0x7f800000u || sizeY == 0u) { return instead(x, 0x7fc00000u, true); }
  if (sizeX < sizeY) { return x; }
  let exponent = max(sizeY >> 23u, 1u);
  let divisor = (sizeY & 0x7fffffu) | select(0u, 0x800000u, sizeY >= 0x800000u);
  var rest = ((sizeX & 0x7fffffu) | select(0u, 0x800000u, sizeX >= 0x800000u)) % divisor;
  var left = max(sizeX >> 23u, 1u) - exponent;
  while (left > 0u && rest != 0u) {
    let digits = min(left, 8u);
    rest = (rest << digits) % divisor;
    left -= digits;
  }
  let shift = countLeadingZeros(rest) - 8u;
  let normal = ((exponent - shift) << 23u) | ((rest << shift) & 0x7fffffu);
  let size = select(select(rest << (exponent - 1u), normal, exponent > shift), 0u, rest == 0u);
  return bitcast<f32>(size | (bitcast<u32>(x) & 0x80000000u));
}`,
  /** To int32: truncated, saturated, 0 for NaN. */
  toInt: `fn toInt(x: f32) -> i32 {
  let whole = select(i32(x), 2147483647, x >= ${f(2 ** 31)});
  return select(select(whole, bitcast<i32>(0x80000000u), x <= ${f(-(2 ** 31))}), 0, isNan(x));
}`,
} as const;
