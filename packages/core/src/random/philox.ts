// Philox4x32-10: random numbers without a state, 128 bits for every (key, counter). What a counter-based dropout mask must equal.
// J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

export type FourWords = readonly [number, number, number, number];

/** The four 32-bit words that the 64-bit key (two words) gives for the 128-bit counter (four words, the low one first). */
export function philox(key: readonly [number, number], counter: FourWords): FourWords {
  let [key0, key1] = key;
  let [a, b, c, d] = counter;
  for (let round = 0; round < 10; round++) {
    const highA = multiplyHigh(0xd2511f53, a);
    const highC = multiplyHigh(0xcd9e8d57, c);
    const [lowA, lowC] = [Math.imul(0xd2511f53, a), Math.imul(0xcd9e8d57, c)];
    [a, b, c, d] = [highC ^ b ^ key0, lowC, highA ^ d ^ key1, lowA];
    key0 = (key0 + 0x9e3779b9) | 0;
    key1 = (key1 + 0xbb67ae85) | 0;
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

/** The upper 32 bits of the 64-bit product of two unsigned words, from four products of their halves. */
function multiplyHigh(x: number, y: number): number {
  const [xLow, xHigh, yLow, yHigh] = [x & 0xffff, x >>> 16, y & 0xffff, y >>> 16];
  const cross = xHigh * yLow + ((xLow * yLow) >>> 16);
  const carry = (cross & 0xffff) + xLow * yHigh;
  return (xHigh * yHigh + Math.floor(cross / 65536) + Math.floor(carry / 65536)) | 0;
}
