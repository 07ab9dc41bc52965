// Logarithms: x = 2ᵏ (1 + f) with 2/3 ≤ 1 + f < 4/3, taken from the bits of x, and a polynomial in f (minimax of the relative error).

import { f, polynomial } from './literals.ts';

// (ln(1 + f) − f) / f².
const coefficients = [
  -0.49999934434890747, 0.3333321511745453, -0.25007879734039307, 0.20010504126548767, -0.1641518920660019, 0.14004047214984894,
  -0.1539188176393509, 0.13993628323078156,
]; // prettier-ignore

const twoThirds = '0x3f2aaaabu';

export const logarithmFunctions = {
  scaledLog: `fn scaledLog(k: i32, f: f32) -> f32 {
  return fma(f32(k), ${f(Math.LN2)}, fma(f * f, ${polynomial('f', coefficients)}, f));
}`,
  logarithm: `fn logarithm(x: f32) -> f32 {
  let u = bitcast<u32>(x);
  let shifted = u - ${twoThirds};
  let value = scaledLog(bitcast<i32>(shifted) >> 23u, bitcast<f32>((shifted & 0x7fffffu) + ${twoThirds}) - 1f);
  let size = u & 0x7fffffffu;
  let special = select(select(0x7fc00000u, u, u == 0x7f800000u), 0xff800000u, size < 0x00800000u);
  return instead(value, special, u - 0x00800000u >= 0x7f000000u);
}`,
  /** k comes from 1 + x rounded, f from x itself: f = 2⁻ᵏx + (2⁻ᵏ − 1) is rounded once. */
  logOnePlus: `fn logOnePlus(x: f32) -> f32 {
  let shift = (bitcast<u32>(x + 1f) - ${twoThirds}) & 0xff800000u;
  let power = bitcast<f32>(0x40800000u - shift);
  let f = bitcast<f32>(bitcast<u32>(x) - shift) + opaque(fma(power, 0.25f, -1f));
  let value = withSign(scaledLog(bitcast<i32>(shift) >> 23u, f), x);
  let u = bitcast<u32>(x);
  let bounded = instead(value, select(0x7fc00000u, 0xff800000u, u == 0xbf800000u), u >= 0xbf800000u);
  return instead(bounded, u, u == 0x7f800000u || (u & 0x7fffffffu) > 0x7f800000u || (u & 0x7fffffffu) < 0x00800000u);
}`,
} as const;
