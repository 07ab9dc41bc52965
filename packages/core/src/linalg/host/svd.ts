// Singular values by one-sided rotations (Hestenes): columns are turned into each other until all are orthogonal. Their lengths
// are then the singular values, small ones as exact as large ones down to 2⁻¹⁰⁰ of the largest. A QR factorisation before makes the
// matrix square; one after gives left vectors that are orthonormal for columns too that are 0, or next to nothing.

import { orthogonal, reflect } from './householder.ts';
import { rotateRows, scaleOf } from './symmetric.ts';

const mostSweeps = 60;
/** What is less than this beside the largest element is not turned away: rounding would bring it back without end. */
const least = 2 ** -100;

export interface SVD {
  /** m × m, or without `full` m × k. The first columns belong to the singular values. */
  readonly u: Float64Array;
  /** In falling order. */
  readonly s: Float64Array;
  /** n × n, or without `full` k × n, transposed: a row per singular value, then the rest. */
  readonly vh: Float64Array;
}

/** The decomposition of an m × n matrix; k is the smaller of m and n. */
export function decompose(a: Float64Array, m: number, n: number, full: boolean): SVD {
  if (m < n) {
    const { u, s, vh } = decompose(transposed(a, m, n), n, m, full);
    return { u: transposed(vh, m, m), s, vh: transposed(u, n, full ? n : m) };
  }
  const width = full ? m : n;
  const tau = new Float64Array(n);
  const scale = scaleOf(a);
  const packed = a.map((x) => x / scale);
  reflect(packed, m, n, tau);
  const q = orthogonal(packed, m, n, tau, width);
  // Row j is column j of R.
  const w = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) w[j * n + i] = packed[i * n + j] ?? 0;
  const v = new Float64Array(n * n);
  for (let k = 0; k < n; k++) v[k * n + k] = 1;
  for (let sweep = 0; sweep < mostSweeps; sweep++) if (!rotateAll(w, v, n)) break;
  const lengths = Array.from({ length: n }, (_, k) => Math.sqrt(dot(w, n, k, k)));
  const order = lengths.map((_, k) => k).sort((p, r) => (lengths[r] ?? 0) - (lengths[p] ?? 0));
  const vh = new Float64Array(n * n);
  const left = new Float64Array(n * n);
  order.forEach((from, to) => {
    vh.set(v.subarray(from * n, (from + 1) * n), to * n);
    const length = lengths[from] ?? 0;
    if (length > least) for (let i = 0; i < n; i++) left[i * n + to] = (w[from * n + i] ?? 0) / length;
  });
  const s = Float64Array.from(order, (k) => (lengths[k] ?? 0) * scale);
  return { u: leftVectors(q, left, n, width), s, vh };
}

function transposed(a: Float64Array, m: number, n: number): Float64Array {
  const made = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) made[j * m + i] = a[i * n + j] ?? 0;
  return made;
}

function dot(a: Float64Array, n: number, p: number, q: number): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += (a[p * n + k] ?? 0) * (a[q * n + k] ?? 0);
  return sum;
}

/** One rotation for each pair of columns; whether any was worth it. */
function rotateAll(w: Float64Array, v: Float64Array, n: number): boolean {
  let isRotated = false;
  for (let p = 0; p < n; p++) {
    for (let q = p + 1; q < n; q++) {
      const off = dot(w, n, p, q);
      const [pp, qq] = [dot(w, n, p, p), dot(w, n, q, q)];
      if (Math.abs(off) <= Math.max(least * Math.sqrt(Math.max(pp, qq)), (4 + n) * Number.EPSILON * Math.sqrt(pp) * Math.sqrt(qq))) continue; // prettier-ignore
      isRotated = true;
      const { cosine, sine } = rotation(off, pp, qq);
      rotateRows(w, n, p, q, cosine, sine);
      rotateRows(v, n, p, q, cosine, sine);
    }
  }
  return isRotated;
}

/** The rotation of the plane that makes [[p, off], [off, q]] diagonal. */
function rotation(off: number, p: number, q: number): { cosine: number; sine: number } {
  const theta = (q - p) / (2 * off);
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(1, theta));
  const cosine = 1 / Math.hypot(1, tangent);
  return { cosine, sine: tangent * cosine };
}

/** Q, of rows of `width`, with its first n columns turned by the directions of the columns of `left`, which it destroys. */
function leftVectors(q: Float64Array, left: Float64Array, n: number, width: number): Float64Array {
  const tau = new Float64Array(n);
  reflect(left, n, n, tau);
  const turn = orthogonal(left, n, n, tau, n);
  const u = q.slice();
  for (let row = 0; row < q.length; row += width) {
    u.fill(0, row, row + n);
    for (let k = 0; k < n; k++) {
      const x = q[row + k] ?? 0;
      for (let j = 0; j < n; j++) u[row + j] = (u[row + j] ?? 0) + x * (turn[k * n + j] ?? 0);
    }
    for (let j = 0; j < n; j++) if ((left[j * n + j] ?? 0) < 0) u[row + j] = -(u[row + j] ?? 0);
  }
  return u;
}
