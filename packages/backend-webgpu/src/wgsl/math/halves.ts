// float32 to float16 by bits: drivers round as they like, and some flush the numbers below the normal range.

export const halfFunctions = {
  /** What is a half already is the same however a driver rounds. No bits are cast to it: not every compiler can. */
  toHalf: 'fn toHalf(x: f32) -> f16 { return f16(roundHalf(x)); }',
  /** Rounded to a half, as a float32. */
  roundHalf: `fn roundHalf(x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let normal = (size + 0xfffu + ((size >> 13u) & 1u)) & 0xffffe000u;
  let small = bitcast<u32>(round(bitcast<f32>(min(size, 0x38800000u)) * 16777216f) * 5.9604644775390625e-8f);
  let finite = select(select(normal, small, size < 0x38800000u), 0x7f800000u, normal >= 0x47800000u);
  return bitcast<f32>(select(finite, size, size > 0x7f800000u) | (bitcast<u32>(x) & 0x80000000u));
}`,
} as const;
