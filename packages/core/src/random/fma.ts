// Fused multiply-add, x·y + z rounded once. PyTorch's compilers fuse the affine map of a uniform draw; two roundings would differ
// from it in the last bit of every third number.
// S. Boldo and G. Melquiond, "Emulation of a FMA and correctly rounded sums", IEEE Trans. Computers 57 (2008).

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** What rounding took from `sum` = a + b. */
function sumError(a: number, b: number, sum: number): number {
  const rest = sum - a;
  return a - (sum - rest) + (b - rest);
}

/** a + b, and where that is inexact the neighbour with an odd last bit: a later rounding to fewer bits is then right. */
function addToOdd(a: number, b: number): number {
  const sum = a + b;
  const error = sumError(a, b, sum);
  if (error === 0 || Number.isNaN(error)) return sum;
  float[0] = sum;
  const low = words[0] ?? 0;
  if (low & 1) return sum;
  if (error > 0 === sum > 0) words[0] = low | 1;
  else {
    words[0] = low - 1;
    if (low === 0) words[1] = (words[1] ?? 0) - 1;
  }
  return float[0];
}

/** x·y + z for float32 operands, rounded once to float32. */
export function fma32(x: number, y: number, z: number): number {
  return Math.fround(addToOdd(x * y, z));
}

/** x·y + z rounded once, where neither the product nor its error underflows. */
export function fma64(x: number, y: number, z: number): number {
  // Splitting multiplies by 2^27: make room for it.
  if (Math.abs(y) > 2 ** 960) return fma64(x, y * 2 ** -60, z * 2 ** -60) * 2 ** 60;
  const product = x * y;
  const [xHigh, xLow] = split(x);
  const [yHigh, yLow] = split(y);
  const error = xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
  const tail = z + error;
  const sum = product + tail;
  return sum + addToOdd(sumError(product, tail, sum), sumError(z, error, tail));
}

/** Two halves of at most 26 bits each. */
function split(x: number): [high: number, low: number] {
  const scaled = x * 134217729;
  const high = scaled - (scaled - x);
  return [high, x - high];
}
