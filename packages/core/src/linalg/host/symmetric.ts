// Eigenvalues by Jacobi's rotations: each makes one pair of elements off the diagonal 0. Slower than going by way of a
// tridiagonal matrix, but short, and no eigenvalue is lost beside a larger one.

const mostSweeps = 60;

export interface Eigen {
  /** In rising order. */
  readonly values: Float64Array;
  /** In columns, one per eigenvalue. */
  readonly vectors: Float64Array;
}

/** The eigenvalues and vectors of a symmetric n × n matrix, of which it reads the lower triangle and which it destroys. */
export function eigenSymmetric(a: Float64Array, n: number): Eigen {
  // Row k of this is eigenvector k.
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    v[i * n + i] = 1;
    for (let j = i + 1; j < n; j++) a[i * n + j] = a[j * n + i] ?? 0;
  }
  const least = 2 ** -100 * a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  for (let sweep = 0; sweep < mostSweeps; sweep++) if (!rotateAll(a, v, n, least)) break;
  const order = Array.from({ length: n }, (_, k) => k).sort((p, q) => (a[p * n + p] ?? 0) - (a[q * n + q] ?? 0));
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    for (let i = 0; i < n; i++) vectors[i * n + to] = v[from * n + i] ?? 0;
  });
  return { values: Float64Array.from(order, (k) => a[k * n + k] ?? 0), vectors };
}

/** One rotation for each pair of which the element off the diagonal is above `least`; whether there was any. */
function rotateAll(a: Float64Array, v: Float64Array, n: number, least: number): boolean {
  let isRotated = false;
  for (let p = 0; p < n; p++) {
    for (let q = p + 1; q < n; q++) {
      const off = a[p * n + q] ?? 0;
      const [app, aqq] = [a[p * n + p] ?? 0, a[q * n + q] ?? 0];
      const neighbours = Math.sqrt(Math.abs(app)) * Math.sqrt(Math.abs(aqq));
      if (Math.abs(off) <= Math.max(least, 0.5 * Number.EPSILON * neighbours)) continue;
      isRotated = true;
      const { cosine, sine } = rotation(off, app, aqq);
      rotateRows(a, n, p, q, cosine, sine);
      for (let k = 0; k < n; k++) {
        const [x, y] = [a[k * n + p] ?? 0, a[k * n + q] ?? 0];
        a[k * n + p] = cosine * x - sine * y;
        a[k * n + q] = sine * x + cosine * y;
      }
      a[p * n + q] = 0;
      a[q * n + p] = 0;
      rotateRows(v, n, p, q, cosine, sine);
    }
  }
  return isRotated;
}

/** The rotation of the plane that makes [[p, off], [off, q]] diagonal. */
export function rotation(off: number, p: number, q: number): { cosine: number; sine: number } {
  const theta = (q - p) / (2 * off);
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(1, theta));
  const cosine = 1 / Math.hypot(1, tangent);
  return { cosine, sine: tangent * cosine };
}

/** Rows p and q, of n elements each, rotated into each other. */
export function rotateRows(a: Float64Array, n: number, p: number, q: number, cosine: number, sine: number): void {
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[p * n + k] ?? 0, a[q * n + k] ?? 0];
    a[p * n + k] = cosine * x - sine * y;
    a[q * n + k] = sine * x + cosine * y;
  }
}
