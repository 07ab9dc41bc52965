// float32 to float16 by bits: drivers round as they like, and some flush the numbers below the normal range.

export const halfFunctions = {
  /** Rounded half to even, the bits of a half. */
  halfBits: `fn halfBits(x: f32) -> u32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let normal = (size + 0xfffu + ((size >> 13u) & 1u) - 0x38000000u) >> 13u;
  let small = u32(round(bitcast<f32>(min(size, 0x38800000u)) * 16777216f));
  let finite = min(select(normal, small, size < 0x38800000u), 0x7c00u);
  return select(finite, 0x7e00u, size > 0x7f800000u) | ((bitcast<u32>(x) >> 16u) & 0x8000u);
}`,
  toHalf: 'fn toHalf(x: f32) -> f16 { return bitcast<vec2<f16>>(halfBits(x)).x; }',
  /** Rounded to a half, as a float32. */
  roundHalf: `fn roundHalf(x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let normal = (size + 0xfffu + ((size >> 13u) & 1u)) & 0xffffe000u;
  let small = bitcast<u32>(round(bitcast<f32>(min(size, 0x38800000u)) * 16777216f) * 5.9604644775390625e-8f);
  let finite = select(select(normal, small, size < 0x38800000u), 0x7f800000u, normal >= 0x47800000u);
  return bitcast<f32>(select(finite, size, size > 0x7f800000u) | (bitcast<u32>(x) & 0x80000000u));
}`,
} as const;
