// Singular values by one-sided rotations (Hestenes): columns are turned into each other until all are orthogonal. Their
// lengths are then the singular values, small ones as exact as large ones. A QR factorisation before makes the matrix square.

import { orthogonal, reflect } from './householder.ts';
import { rotateRows, rotation } from './symmetric.ts';

const mostSweeps = 60;

export interface SVD {
  /** m × m. The first columns belong to the singular values. */
  readonly u: Float64Array;
  /** In falling order. */
  readonly s: Float64Array;
  /** n × n, transposed: a row per singular value, then the rest. */
  readonly vh: Float64Array;
}

/** The full decomposition of an m × n matrix. */
export function decompose(a: Float64Array, m: number, n: number): SVD {
  if (m < n) {
    const { u, s, vh } = decompose(transposed(a, m, n), n, m);
    return { u: transposed(vh, m, m), s, vh: transposed(u, n, n) };
  }
  const tau = new Float64Array(n);
  // Scaled, so that no square is beyond float64.
  const scale = 2 ** Math.floor(Math.log2(a.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1));
  const packed = a.map((x) => x / scale);
  reflect(packed, m, n, tau);
  const q = orthogonal(packed, m, n, tau, m);
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
    if (length > 0) for (let i = 0; i < n; i++) left[to * n + i] = (w[from * n + i] ?? 0) / length;
    else complete(left, n, to);
  });
  const s = Float64Array.from(order, (k) => (lengths[k] ?? 0) * scale);
  return { u: leftVectors(q, left, m, n), s, vh };
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
      if (off === 0 || Math.abs(off) <= (4 + n) * Number.EPSILON * Math.sqrt(pp) * Math.sqrt(qq)) continue;
      isRotated = true;
      const { cosine, sine } = rotation(off, pp, qq);
      rotateRows(w, n, p, q, cosine, sine);
      rotateRows(v, n, p, q, cosine, sine);
    }
  }
  return isRotated;
}

/** Makes row `at` a unit vector that is orthogonal to the rows before it. */
function complete(rows: Float64Array, n: number, at: number): void {
  const row = rows.subarray(at * n, (at + 1) * n);
  for (let axis = 0; axis < n; axis++) {
    row.fill(0);
    row[axis] = 1;
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < at; k++) {
        const share = dot(rows, n, k, at);
        for (let i = 0; i < n; i++) row[i] = (row[i] ?? 0) - share * (rows[k * n + i] ?? 0);
      }
    }
    const length = Math.sqrt(dot(rows, n, at, at));
    if (length < 0.5 / Math.sqrt(n)) continue;
    for (let i = 0; i < n; i++) row[i] = (row[i] ?? 0) / length;
    return;
  }
}

/** Q with its first n columns turned by what the rows of `left` are the columns of. */
function leftVectors(q: Float64Array, left: Float64Array, m: number, n: number): Float64Array {
  const u = q.slice();
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += (q[i * m + k] ?? 0) * (left[j * n + k] ?? 0);
      u[i * m + j] = sum;
    }
  }
  return u;
}
