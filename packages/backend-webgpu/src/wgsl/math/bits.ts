// What is told of a float by its bits: a driver may take no value to be NaN or infinite, and drop the test.

export const bitFunctions = {
  isNan: 'fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }',
  /** Neither is NaN. */
  areOrdered:
    'fn areOrdered(x: f32, y: f32) -> bool { return max(bitcast<u32>(x) & 0x7fffffffu, bitcast<u32>(y) & 0x7fffffffu) <= 0x7f800000u; }',
  /** The number of those bits where a condition holds. Chosen as integers: as a float it might be assumed to be finite. */
  instead:
    'fn instead(x: f32, other: u32, condition: bool) -> f32 { return bitcast<f32>(select(bitcast<u32>(x), other, condition)); }',
  /** A value that was computed from x; NaN where x is. */
  keepNan: 'fn keepNan(value: f32, x: f32) -> f32 { return instead(value, 0x7fc00000u, isNan(x)); }',
  withSign:
    'fn withSign(size: f32, sign: f32) -> f32 { return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u)); }',
  /**
   * x, but no driver knows it: a launch's serial is never 0. Drivers may reorder sums, and would undo what is done to keep digits:
   * (x − a) − b is not x − (a + b).
   */
  opaque: 'fn opaque(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ u32(params[0].x == 0u)); }',
  /** The upper 12 binary digits: products of two such numbers are exact. */
  upper: 'fn upper(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }',
  negated: 'fn negated(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u); }',
  // What rounds to 0 keeps its sign.
  ceiling: 'fn ceiling(x: f32) -> f32 { return withSign(ceil(x), x); }',
  rounded: 'fn rounded(x: f32) -> f32 { return withSign(round(x), x); }',
  truncated: 'fn truncated(x: f32) -> f32 { return withSign(trunc(x), x); }',
  signOf: `fn signOf(x: f32) -> f32 {
  return f32(select(0, 1, x > 0f) - select(0, 1, x < 0f)) * select(1f, 0f, isNan(x));
}`,
  minimum: 'fn minimum(x: f32, y: f32) -> f32 { return keepNan(keepNan(min(x, y), y), x); }',
  maximum: 'fn maximum(x: f32, y: f32) -> f32 { return keepNan(keepNan(max(x, y), y), x); }',
} as const;
