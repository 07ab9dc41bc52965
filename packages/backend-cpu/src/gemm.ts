// The blocked matrix product behind matmul and conv: c[m, n] = Σ_k a[m, k] · b[n, k], in float64 or in wrapping int32.
// Each side is read through two tables of offsets, one for its lanes and one for the depth, which is as general as
// strides, transpositions and the patches of a convolution ask for. Blocks of both sides are packed into panels of four
// lanes; a kernel of 4 × 4 accumulators, all in registers, does the rest.

import type { TypedArray } from '@rushlight/core/kernel';

/** One factor: element (lane, k) is data[base + lanes[lane] + depth[k]]. */
export interface Side {
  readonly data: TypedArray;
  base: number;
  readonly lanes: Int32Array;
  readonly depth: Int32Array;
}

export interface Extent {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Takes the sums of rows m0 … m0 + m − 1 and columns n0 … n0 + n − 1, which lie `width` apart in `c`. */
export type Finish = (c: Float64Array, block: { m0: number; m: number; n0: number; n: number; width: number }) => void;

/** Lanes of the first side, lanes of the second side, and depth of a block: two packed blocks stay in the second-level cache. */
const blockM = 128;
const blockN = 256;
const blockK = 256;
/** Up to this many lanes on one side, packing the other costs more than it saves, and blocks of it may be longer. */
const thin = 2;
const thinBlock = 1024;

const panelsOf = (lanes: number): number => Math.ceil(lanes / 4);

/** Scratch memory, grown to what the largest product so far has needed. */
const scratch = { a: new Float64Array(0), b: new Float64Array(0), c: new Float64Array(0) };

function room(name: keyof typeof scratch, length: number): Float64Array {
  if (scratch[name].length < length) scratch[name] = new Float64Array(length);
  return scratch[name];
}

/** Multiplies, handing over each block of the result when it is done. */
export function gemm(a: Side, b: Side, { m, n, k }: Extent, integer: boolean, finish: Finish): void {
  const isThin = !integer && Math.min(m, n) <= thin;
  const mStep = Math.min(m, isThin ? thinBlock : blockM);
  const nStep = Math.min(n, isThin ? thinBlock : blockN);
  const kStep = Math.min(k, blockK);
  const width = panelsOf(nStep) * 4;
  const c = room('c', panelsOf(mStep) * 4 * width);
  const packedA = isThin ? c : room('a', panelsOf(mStep) * 4 * kStep);
  const packedB = isThin ? c : room('b', width * kStep);
  for (let n0 = 0; n0 < n; n0 += nStep) {
    const nn = Math.min(nStep, n - n0);
    for (let m0 = 0; m0 < m; m0 += mStep) {
      const mm = Math.min(mStep, m - m0);
      c.fill(0, 0, panelsOf(mm) * 4 * width);
      if (isThin) {
        if (m <= n) multiplyThin(a, m0, mm, b, n0, nn, k, c, width, 1);
        else multiplyThin(b, n0, nn, a, m0, mm, k, c, 1, width);
      } else {
        for (let k0 = 0; k0 < k; k0 += blockK) {
          const kk = Math.min(blockK, k - k0);
          pack(a, m0, mm, k0, kk, packedA);
          pack(b, n0, nn, k0, kk, packedB);
          multiplyPanels(packedA, panelsOf(mm), packedB, panelsOf(nn), kk, c, width, integer);
        }
      }
      finish(c, { m0, m: mm, n0, n: nn, width });
    }
  }
}

/** Lanes first … first + count − 1 as panels [k][4]; lanes that are missing in the last panel are 0. */
function pack(
  { data, base, lanes, depth }: Side,
  first: number,
  count: number,
  k0: number,
  kk: number,
  out: Float64Array,
): void {
  const end = k0 + kk;
  let o = 0;
  for (let lane = first; lane < first + count; lane += 4) {
    const rest = first + count - lane;
    const p0 = base + (lanes[lane] as number);
    if (rest >= 4) {
      const p1 = base + (lanes[lane + 1] as number);
      const p2 = base + (lanes[lane + 2] as number);
      const p3 = base + (lanes[lane + 3] as number);
      for (let k = k0; k < end; k++) {
        const at = depth[k] as number;
        out[o] = data[p0 + at] as number;
        out[o + 1] = data[p1 + at] as number;
        out[o + 2] = data[p2 + at] as number;
        out[o + 3] = data[p3 + at] as number;
        o += 4;
      }
    } else {
      for (let k = k0; k < end; k++) {
        const at = depth[k] as number;
        for (let l = 0; l < 4; l++)
          out[o + l] = l < rest ? (data[base + (lanes[lane + l] as number) + at] as number) : 0;
        o += 4;
      }
    }
  }
}

function multiplyPanels(
  a: Float64Array,
  panelsA: number,
  b: Float64Array,
  panelsB: number,
  depth: number,
  c: Float64Array,
  width: number,
  integer: boolean,
): void {
  // prettier-ignore
  for (let j = 0; j < panelsB; j++) {
    for (let i = 0; i < panelsA; i++) {
      const at = i * 4 * width + j * 4;
      if (integer) multiply4x4Wrapping(a, i * 4 * depth, b, j * 4 * depth, depth, c, at, width);
      else multiply4x4(a, i * 4 * depth, b, j * 4 * depth, depth, c, at, width);
    }
  }
}

/** Adds the product of two panels to 4 × 4 elements of c. */
function multiply4x4(
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  depth: number,
  c: Float64Array,
  at: number,
  width: number,
): void {
  // prettier-ignore
  let c00 = 0, c01 = 0, c02 = 0, c03 = 0; // prettier-ignore
  let c10 = 0, c11 = 0, c12 = 0, c13 = 0; // prettier-ignore
  let c20 = 0, c21 = 0, c22 = 0, c23 = 0; // prettier-ignore
  let c30 = 0, c31 = 0, c32 = 0, c33 = 0; // prettier-ignore
  let p = aAt;
  let q = bAt;
  for (const end = aAt + 4 * depth; p < end; p += 4) {
    const b0 = b[q] as number;
    const b1 = b[q + 1] as number;
    const b2 = b[q + 2] as number;
    const b3 = b[q + 3] as number;
    const a0 = a[p] as number;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[p + 1] as number;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[p + 2] as number;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[p + 3] as number;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
    q += 4;
  }
  addRow(c, at, c00, c01, c02, c03);
  addRow(c, at + width, c10, c11, c12, c13);
  addRow(c, at + 2 * width, c20, c21, c22, c23);
  addRow(c, at + 3 * width, c30, c31, c32, c33);
}

function addRow(c: Float64Array, at: number, x0: number, x1: number, x2: number, x3: number): void {
  c[at] = (c[at] as number) + x0;
  c[at + 1] = (c[at + 1] as number) + x1;
  c[at + 2] = (c[at + 2] as number) + x2;
  c[at + 3] = (c[at + 3] as number) + x3;
}

/** The same for integers, which float64 could not multiply exactly. */
function multiply4x4Wrapping(
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  depth: number,
  c: Float64Array,
  at: number,
  width: number,
): void {
  // prettier-ignore
  for (let i = 0; i < 4; i++) {
    let c0 = 0, c1 = 0, c2 = 0, c3 = 0; // prettier-ignore
    for (let k = 0; k < depth; k++) {
      const x = a[aAt + 4 * k + i] as number;
      const q = bAt + 4 * k;
      c0 = (c0 + Math.imul(x, b[q] as number)) | 0;
      c1 = (c1 + Math.imul(x, b[q + 1] as number)) | 0;
      c2 = (c2 + Math.imul(x, b[q + 2] as number)) | 0;
      c3 = (c3 + Math.imul(x, b[q + 3] as number)) | 0;
    }
    const row = at + i * width;
    c[row] = ((c[row] as number) + c0) | 0;
    c[row + 1] = ((c[row + 1] as number) + c1) | 0;
    c[row + 2] = ((c[row + 2] as number) + c2) | 0;
    c[row + 3] = ((c[row + 3] as number) + c3) | 0;
  }
}

/** A few lanes of `few` with a block of `many`, unpacked: every step adds eight products to each element of a row of c. */
function multiplyThin(
  few: Side,
  f0: number,
  fs: number,
  many: Side,
  m0: number,
  ms: number,
  depth: number,
  c: Float64Array,
  rowStep: number,
  step: number,
): void {
  // prettier-ignore
  const { data: x, depth: xDepth } = few;
  const { data: y, lanes, depth: yDepth, base } = many;
  for (let f = 0; f < fs; f++) {
    const row = f * rowStep;
    const xBase = few.base + (few.lanes[f0 + f] as number);
    let k = 0;
    for (; k + 7 < depth; k += 8) {
      const x0 = x[xBase + (xDepth[k] as number)] as number;
      const x1 = x[xBase + (xDepth[k + 1] as number)] as number;
      const x2 = x[xBase + (xDepth[k + 2] as number)] as number;
      const x3 = x[xBase + (xDepth[k + 3] as number)] as number;
      const x4 = x[xBase + (xDepth[k + 4] as number)] as number;
      const x5 = x[xBase + (xDepth[k + 5] as number)] as number;
      const x6 = x[xBase + (xDepth[k + 6] as number)] as number;
      const x7 = x[xBase + (xDepth[k + 7] as number)] as number;
      const y0 = base + (yDepth[k] as number);
      const y1 = base + (yDepth[k + 1] as number);
      const y2 = base + (yDepth[k + 2] as number);
      const y3 = base + (yDepth[k + 3] as number);
      const y4 = base + (yDepth[k + 4] as number);
      const y5 = base + (yDepth[k + 5] as number);
      const y6 = base + (yDepth[k + 6] as number);
      const y7 = base + (yDepth[k + 7] as number);
      for (let i = 0; i < ms; i++) {
        const lane = lanes[m0 + i] as number;
        const at = row + i * step;
        const s0 = x0 * (y[lane + y0] as number) + x1 * (y[lane + y1] as number);
        const s1 = x2 * (y[lane + y2] as number) + x3 * (y[lane + y3] as number);
        const s2 = x4 * (y[lane + y4] as number) + x5 * (y[lane + y5] as number);
        const s3 = x6 * (y[lane + y6] as number) + x7 * (y[lane + y7] as number);
        c[at] = (c[at] as number) + (s0 + s1 + (s2 + s3));
      }
    }
    for (; k < depth; k++) {
      const x0 = x[xBase + (xDepth[k] as number)] as number;
      const y0 = base + (yDepth[k] as number);
      for (let i = 0; i < ms; i++) {
        const at = row + i * step;
        c[at] = (c[at] as number) + x0 * (y[(lanes[m0 + i] as number) + y0] as number);
      }
    }
  }
}
