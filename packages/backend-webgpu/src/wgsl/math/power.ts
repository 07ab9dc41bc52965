// C's pow: 2^(y log₂|x|), with the logarithm and its product as sums of two numbers, since an error of the exponent is one of the result
// 128 times as large. Where a product has to be exact its factors have 12 binary digits.

import { cut, f, polynomial } from './literals.ts';

// log₂((1 + s) / (1 − s)) / s in s², for (1 + s) / (1 − s) between 1/√2 and √2: the first two coefficients, of which the upper digits
// are apart, and those behind them.
const first = 2 * Math.LOG2E;
const firstHigh = cut(first, 12);
const second = 0.9617966790725633;
const secondHigh = cut(second, 12);
const logarithm = [second - secondHigh, 0.577082881871264, 0.41170430620895815, 0.34025946411149577];

// (2ʳ − 1 − r ln 2) / r² for |r| ≤ ½.
const exponential = [
  0.24022647738456726, 0.055503617972135544, 0.009618529118597507, 0.00133903871756047, 0.0001532082969788462,
];

const rootHalf = '0x3f3504f3u';

export const powerFunctions = {
  power: `struct TwoParts { high: f32, low: f32 }
fn preciseLog2(size: u32) -> TwoParts {
  let shifted = size - ${rootHalf};
  let k = f32(bitcast<i32>(shifted) >> 23u);
  let m = bitcast<f32>((shifted & 0x7fffffu) + ${rootHalf});
  let above = opaque(m - 1f);
  let s = above / (m + 1f);
  // s in two parts, from what is left of m − 1.
  let sHigh = upper(s);
  let sumHigh = upper(m + 1f);
  let sumLow = m - opaque(sumHigh - 1f);
  let sLow = opaque(fma(-sHigh, sumLow, opaque(fma(-sHigh, sumHigh, above)))) / (m + 1f);
  let square = sHigh * sHigh;
  let zHigh = upper(square);
  let zLow = fma(fma(2f, sHigh, sLow), sLow, opaque(square - zHigh));
  let z = zHigh + zLow;
  let rest = fma(zHigh, ${f(secondHigh)}, fma(z, ${polynomial('z', logarithm)}, fma(zLow, ${f(secondHigh)}, ${f(first - firstHigh)})));
  let product = sHigh * ${f(firstHigh)};
  let low = fma(sHigh, rest, sLow * (rest + ${f(firstHigh)}));
  let sum = opaque(k + product);
  let lost = product - opaque(sum - k);
  let high = upper(sum);
  return TwoParts(high, opaque(sum - high) + opaque(lost + low));
}
fn power(x: f32, y: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let logarithm = preciseLog2(size);
  let factor = clamp(y, ${f(-(2 ** 33))}, ${f(2 ** 33)});
  let factorHigh = upper(factor);
  let high = factorHigh * logarithm.high;
  let low = fma(factor, logarithm.low, (factor - factorHigh) * logarithm.high);
  let exponent = high + low;
  let n = round(clamp(exponent, -127f, 129f));
  let r = opaque(high - n) + low;
  let value = 1f + fma(r * r, ${polynomial('r', exponential)}, r * ${f(Math.LN2)});
  let shifted = bitcast<i32>(value) + (i32(n) << 23u);
  let isOver = exponent > 128.5f || shifted >= 0x7f800000;
  let isUnder = exponent < -126.5f || shifted < 0x00800000;
  var result = select(select(bitcast<u32>(shifted), 0u, isUnder), 0x7f800000u, isOver && !(exponent < 0f));
  // Zeros and infinities.
  let isZero = size < 0x00800000u;
  let isEnd = isZero || size >= 0x7f800000u;
  result = select(result, select(0u, 0x7f800000u, isZero == (y < 0f)), isEnd);
  let isWhole = trunc(y) == y;
  let half = 0.5f * y;
  let isOdd = isWhole && trunc(half) != half;
  let isNegative = bitcast<u32>(x) >= 0x80000000u;
  result |= select(0u, 0x80000000u, isNegative && isOdd);
  result = select(result, 0x7fc00000u, (isNegative && !isEnd && !isWhole) || !areOrdered(x, y));
  let isOne = (bitcast<u32>(y) & 0x7fffffffu) == 0u || bitcast<u32>(x) == 0x3f800000u;
  return bitcast<f32>(select(result, 0x3f800000u, isOne));
}`,
} as const;
