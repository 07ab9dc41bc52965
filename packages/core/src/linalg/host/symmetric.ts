// Eigenvalues by way of a tridiagonal matrix: reflections make one of a symmetric matrix, shifted rotations (QL) make that
// diagonal. The routines tred2 and tql2 of EISPACK, https://doi.org/10.1007/BF02162161 and https://doi.org/10.1007/BF02165404.

export interface Eigen {
  /** In rising order. */
  readonly values: Float64Array;
  /** In columns, one per eigenvalue. */
  readonly vectors: Float64Array;
}

/** The power of two that brings the largest element near 1, so that no square is beyond float64. */
export function scaleOf(a: Float64Array): number {
  return 2 ** Math.floor(Math.log2(a.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1));
}

/** The eigenvalues and vectors of a symmetric n × n matrix, of which it reads the lower triangle. NaN unless that is finite. */
export function eigenSymmetric(a: Float64Array, n: number): Eigen {
  // Row k of v becomes eigenvector k.
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) v[i * n + j] = a[j * n + i] ?? 0;
  if (!v.every(Number.isFinite)) return { values: new Float64Array(n).fill(NaN), vectors: v.fill(NaN) };
  const scale = scaleOf(v);
  for (let k = 0; k < n * n; k++) v[k] = (v[k] ?? 0) / scale;
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  tridiagonalise(v, n, d, e);
  diagonalise(v, n, d, e);
  const order = Array.from({ length: n }, (_, k) => k).sort((p, q) => (d[p] ?? 0) - (d[q] ?? 0));
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    for (let i = 0; i < n; i++) vectors[i * n + to] = v[from * n + i] ?? 0;
  });
  return { values: Float64Array.from(order, (k) => (d[k] ?? 0) * scale), vectors };
}

/** Leaves the diagonal in d, what is before it in e from 1 on, and in the rows of v the vectors that lead there. */
function tridiagonalise(v: Float64Array, n: number, d: Float64Array, e: Float64Array): void {
  for (let j = 0; j < n; j++) d[j] = v[j * n + n - 1] ?? 0;
  for (let i = n - 1; i > 0; i--) {
    let [scale, h] = [0, 0];
    for (let k = 0; k < i; k++) scale += Math.abs(d[k] ?? 0);
    if (scale === 0) {
      e[i] = d[i - 1] ?? 0;
      for (let j = 0; j < i; j++) {
        d[j] = v[j * n + i - 1] ?? 0;
        v[j * n + i] = 0;
        v[i * n + j] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k] = (d[k] ?? 0) / scale;
        h += (d[k] ?? 0) ** 2;
      }
      const first = d[i - 1] ?? 0;
      const root = first > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * root;
      h -= first * root;
      d[i - 1] = first - root;
      e.fill(0, 0, i);
      reflectBoth(v, n, i, h, d, e);
      for (let j = 0; j < i; j++) {
        d[j] = v[j * n + i - 1] ?? 0;
        v[j * n + i] = 0;
      }
    }
    d[i] = h;
  }
  accumulate(v, n, d);
  e[0] = 0;
}

/** (1 − d dᵀ / h) V (1 − d dᵀ / h) of the leading i × i part; d is kept in row i. */
function reflectBoth(v: Float64Array, n: number, i: number, h: number, d: Float64Array, e: Float64Array): void {
  for (let j = 0; j < i; j++) {
    const f = d[j] ?? 0;
    v[i * n + j] = f;
    let g = (e[j] ?? 0) + (v[j * n + j] ?? 0) * f;
    for (let k = j + 1; k < i; k++) {
      const x = v[j * n + k] ?? 0;
      g += x * (d[k] ?? 0);
      e[k] = (e[k] ?? 0) + x * f;
    }
    e[j] = g;
  }
  let f = 0;
  for (let j = 0; j < i; j++) {
    e[j] = (e[j] ?? 0) / h;
    f += (e[j] ?? 0) * (d[j] ?? 0);
  }
  for (let j = 0; j < i; j++) e[j] = (e[j] ?? 0) - (f / (h + h)) * (d[j] ?? 0);
  for (let j = 0; j < i; j++) {
    const [x, y] = [d[j] ?? 0, e[j] ?? 0];
    for (let k = j; k < i; k++) v[j * n + k] = (v[j * n + k] ?? 0) - (x * (e[k] ?? 0) + y * (d[k] ?? 0));
  }
}

/** Multiplies the reflections; d holds their h, and then the diagonal. */
function accumulate(v: Float64Array, n: number, d: Float64Array): void {
  for (let i = 0; i < n - 1; i++) {
    v[i * n + n - 1] = v[i * n + i] ?? 0;
    v[i * n + i] = 1;
    const h = d[i + 1] ?? 0;
    const next = (i + 1) * n;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = (v[next + k] ?? 0) / h;
      for (let j = 0; j <= i; j++) {
        let g = 0;
        for (let k = 0; k <= i; k++) g += (v[next + k] ?? 0) * (v[j * n + k] ?? 0);
        for (let k = 0; k <= i; k++) v[j * n + k] = (v[j * n + k] ?? 0) - g * (d[k] ?? 0);
      }
    }
    v.fill(0, next, next + i + 1);
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[j * n + n - 1] ?? 0;
    v[j * n + n - 1] = j === n - 1 ? 1 : 0;
  }
}

/** Makes the elements e beside the diagonal d 0, and turns the rows of v along. */
function diagonalise(v: Float64Array, n: number, d: Float64Array, e: Float64Array): void {
  e.copyWithin(0, 1);
  e.fill(0, n - 1);
  let [shift, size] = [0, 0];
  for (let l = 0; l < n; l++) {
    size = Math.max(size, Math.abs(d[l] ?? 0) + Math.abs(e[l] ?? 0));
    const isSmall = (k: number): boolean => Math.abs(e[k] ?? 0) <= Number.EPSILON * size;
    let m = l;
    while (!isSmall(m)) m++;
    while (!isSmall(l)) {
      const [g, off] = [d[l] ?? 0, e[l] ?? 0];
      const p = ((d[l + 1] ?? 0) - g) / (2 * off);
      const r = p < 0 ? p - Math.hypot(p, 1) : p + Math.hypot(p, 1);
      d[l] = off / r;
      d[l + 1] = off * r;
      const h = g - (d[l] ?? 0);
      for (let i = l + 2; i < n; i++) d[i] = (d[i] ?? 0) - h;
      shift += h;
      sweep(v, n, d, e, l, m);
    }
    d[l] = (d[l] ?? 0) + shift;
    e[l] = 0;
  }
}

/** One step of QL on rows l … m. */
function sweep(v: Float64Array, n: number, d: Float64Array, e: Float64Array, l: number, m: number): void {
  const [next, off] = [d[l + 1] ?? 0, e[l + 1] ?? 0];
  let p = d[m] ?? 0;
  let [cosine, before, twoBefore, sine, sineBefore] = [1, 1, 1, 0, 0];
  for (let i = m - 1; i >= l; i--) {
    [twoBefore, before, sineBefore] = [before, cosine, sine];
    const [x, y] = [d[i] ?? 0, e[i] ?? 0];
    const [g, h] = [cosine * y, cosine * p];
    const r = Math.hypot(p, y);
    e[i + 1] = sine * r;
    sine = y / r;
    cosine = p / r;
    p = cosine * x - sine * g;
    d[i + 1] = h + sine * (cosine * g + sine * x);
    rotateRows(v, n, i, i + 1, cosine, sine);
  }
  p = (-sine * sineBefore * twoBefore * off * (e[l] ?? 0)) / next;
  e[l] = sine * p;
  d[l] = cosine * p;
}

/** Rows p and q, of n elements each, rotated into each other. */
export function rotateRows(a: Float64Array, n: number, p: number, q: number, cosine: number, sine: number): void {
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[p * n + k] ?? 0, a[q * n + k] ?? 0];
    a[p * n + k] = cosine * x - sine * y;
    a[q * n + k] = sine * x + cosine * y;
  }
}
