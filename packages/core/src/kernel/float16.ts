// IEEE 754 binary16, on the host. Engines are only beginning to have Float16Array, so the bits travel in Uint16Array.

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The 16 bits of the half-precision number nearest to `value` (ties to even). */
export function toFloat16Bits(value: number): number {
  // Rounding float64 → float32 → float16 could round twice; rounding to odd in the first step cannot.
  float[0] = value;
  const rounded = float[0];
  if (rounded !== value && Number.isFinite(rounded)) {
    const tooFar = Math.abs(rounded) > Math.abs(value);
    bits[0] = tooFar ? ((bits[0] ?? 0) - 1) | 1 : (bits[0] ?? 0) | 1;
  }
  const b = bits[0] ?? 0;
  const sign = (b >>> 16) & 0x8000;
  const magnitude = b & 0x7fffffff;
  // The sign of a NaN is the engine's whim.
  if (magnitude > 0x7f800000) return 0x7e00;
  if (magnitude === 0x7f800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal halves are multiples of 2^-24; the float32 below is exact and rounds by the integer conversion.
    const scaled = Math.abs(float[0] ?? 0) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
  }
  const round = 0xfff + ((magnitude >>> 13) & 1);
  const half = (magnitude + round - 0x38000000) >>> 13;
  return sign | Math.min(half, 0x7c00);
}

/** The number that 16 half-precision bits stand for. */
export function fromFloat16Bits(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
