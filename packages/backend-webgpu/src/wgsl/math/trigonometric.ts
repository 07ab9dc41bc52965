// sin, cos, tan: x = n π/2 + r. Up to 2¹³ π/2 is subtracted in four parts, of which the first three times n are exact; beyond, x is an
// integer times a power of two, and multiplied with that stretch of the digits of 2/π which makes the fraction.

import { bits, cut, f, polynomial } from './literals.ts';
import { roundToLowBits } from './exponential.ts';

const near = 2 ** 13;

const halfPi = [Math.PI / 2, 0, 0, 0];
halfPi[0] = cut(Math.PI / 2, 8);
halfPi[1] = cut(Math.PI / 2 - halfPi[0], 11);
halfPi[2] = cut(Math.PI / 2 - halfPi[0] - halfPi[1], 11);
/** π/2 = Math.PI / 2 + 6.123…e-17. */
halfPi[3] = Math.PI / 2 - halfPi[0] - halfPi[1] - halfPi[2] + 6.123233995736766e-17;

/** n · π/2 taken from x, part by part. */
const subtracted = halfPi.reduce((x, part) => `fma(n, ${f(-part)}, ${x === 'x' ? x : `opaque(${x})`})`, 'x');

// The digits of 2/π after 32 zeros.
const twoOverPi = '0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu';

// (sin x − x) / x³, (cos x − 1 + x²/2) / x⁴ and (tan x − x) / x³ in x², for |x| ≤ π/4.
const sine = [-0.16666655242443085, 0.008332189172506332, -0.0001951828453456983];
const cosine = [0.04166664555668831, -0.0013887310633435845, 2.4432563805021346e-5];
const tangent = [
  0.33333155512809753, 0.13338834047317505, 0.053408391773700714, 0.024440638720989227, 0.003102772170677781,
  0.009395724162459373,
];

export const trigonometricFunctions = {
  /** r, and n modulo 4 in the low bits. */
  reducedAngle: `struct ReducedAngle { r: f32, n: u32 }
fn reducedAngle(x: f32) -> ReducedAngle {
  if ((bitcast<u32>(x) & 0x7fffffffu) > ${bits(near)}) { return largeAngle(x); }
  let t = opaque(fma(x, ${f(2 / Math.PI)}, ${f(roundToLowBits)}));
  let n = t - ${f(roundToLowBits)};
  return ReducedAngle(${subtracted}, bitcast<u32>(t));
}`,
  largeAngle: `const twoOverPi = array<u32, 8>(${twoOverPi});
fn largeAngle(x: f32) -> ReducedAngle {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let mantissa = (size & 0x7fffffu) | 0x800000u;
  let first = min(size >> 23u, 254u) - 120u;
  let word = first >> 5u;
  let shift = first & 31u;
  var digits = twoOverPi;
  let a = digits[word];
  let b = digits[word + 1u];
  let c = digits[word + 2u];
  let d = digits[word + 3u];
  let high = (a << shift) | ((b >> 1u) >> (31u - shift));
  let middle = (b << shift) | ((c >> 1u) >> (31u - shift));
  let low = (c << shift) | ((d >> 1u) >> (31u - shift));
  let carried = multiplyHigh(mantissa, low);
  let next = mantissa * middle + carried;
  let top = mantissa * high + multiplyHigh(mantissa, middle) + select(0u, 1u, next < carried);
  var f0 = (top << 2u) | (next >> 30u);
  var f1 = next << 2u;
  let isNegative = f0 >= 0x80000000u;
  let n = (top >> 30u) + select(0u, 1u, isNegative);
  if (isNegative) {
    f1 = 0u - f1;
    f0 = ~f0 + select(0u, 1u, f1 == 0u);
  }
  let zeros = min(countLeadingZeros(f0), 31u);
  let fraction = (f0 << zeros) | ((f1 >> 1u) >> (31u - zeros));
  let long = f32(fraction & 0xffffff00u);
  let rest = fma(long, ${f(Math.PI / 2 - Math.fround(Math.PI / 2))}, f32(fraction & 255u) * ${f(Math.PI / 2)});
  let angle = fma(long, ${f(Math.PI / 2)}, rest) * bitcast<f32>((95u - zeros) << 23u);
  return ReducedAngle(select(angle, -angle, isNegative != (x < 0f)), select(n, 0u - n, x < 0f));
}`,
  /** sin(x + quarter · π/2). */
  wave: `fn wave(x: f32, quarter: u32) -> f32 {
  let angle = reducedAngle(x);
  let n = angle.n + quarter;
  let r = angle.r;
  let z = r * r;
  let sine = withSign(fma(r * z, ${polynomial('z', sine)}, r), r);
  let cosine = fma(z * z, ${polynomial('z', cosine)}, fma(z, -0.5f, 1f));
  let value = bitcast<u32>(select(sine, cosine, (n & 1u) == 1u)) ^ ((n & 2u) << 30u);
  return bitcast<f32>(select(value, 0x7fc00000u, (bitcast<u32>(x) & 0x7fffffffu) >= 0x7f800000u));
}`,
  sine: `fn sine(x: f32) -> f32 {
  return instead(wave(x, 0u), bitcast<u32>(x), (bitcast<u32>(x) & 0x7fffffffu) < 0x00800000u);
}`,
  cosine: 'fn cosine(x: f32) -> f32 { return wave(x, 1u); }',
  /** After an odd number of quarter turns −1 / tan. */
  tangent: `fn tangent(x: f32) -> f32 {
  let angle = reducedAngle(x);
  let r = angle.r;
  let z = r * r;
  let t = fma(r * z, ${polynomial('z', tangent)}, r);
  let value = select(t, -1f / t, (angle.n & 1u) == 1u);
  let size = bitcast<u32>(x) & 0x7fffffffu;
  return instead(instead(value, 0x7fc00000u, size >= 0x7f800000u), bitcast<u32>(x), size < 0x00800000u);
}`,
} as const;
