// QR by reflections I − τ v vᵀ, with LAPACK's signs: the diagonal of R has the sign that is not that of what it replaces.

/** Factors an m × n matrix in place: on and above the diagonal R, below it the vectors v, whose leading 1 is not stored. */
export function reflect(a: Float64Array, m: number, n: number, tau: Float64Array): void {
  for (let k = 0; k < Math.min(m, n); k++) {
    let below = lengthBelow(a, m, n, k);
    if (below === 0) {
      tau[k] = 0;
      continue;
    }
    // Numbers near the smallest have lost digits, and their quotients with them.
    const lift = Math.hypot(a[k * n + k] ?? 0, below) < 2 ** -900 ? 2 ** 100 : 1;
    if (lift > 1) {
      for (let i = k; i < m; i++) a[i * n + k] = (a[i * n + k] ?? 0) * lift;
      below = lengthBelow(a, m, n, k);
    }
    const alpha = a[k * n + k] ?? 0;
    const size = Math.hypot(alpha, below);
    const beta = alpha > 0 || Object.is(alpha, 0) ? -size : size;
    tau[k] = (beta - alpha) / beta;
    for (let i = k + 1; i < m; i++) a[i * n + k] = (a[i * n + k] ?? 0) / (alpha - beta);
    a[k * n + k] = beta / lift;
    applyReflection(a, n, k, m, tau[k] ?? 0, a, n, k + 1, n);
  }
}

function lengthBelow(a: Float64Array, m: number, n: number, k: number): number {
  let below = 0;
  for (let i = k + 1; i < m; i++) below = Math.hypot(below, a[i * n + k] ?? 0);
  return below;
}

/** (I − τ v vᵀ) b for the columns from … to of b; v is column k of `a`. */
function applyReflection(
  a: Float64Array,
  stride: number,
  k: number,
  m: number,
  tau: number,
  b: Float64Array,
  columns: number,
  from: number,
  to: number,
): void {
  if (tau === 0) return;
  for (let j = from; j < to; j++) {
    let sum = b[k * columns + j] ?? 0;
    for (let i = k + 1; i < m; i++) sum += (a[i * stride + k] ?? 0) * (b[i * columns + j] ?? 0);
    sum *= tau;
    b[k * columns + j] = (b[k * columns + j] ?? 0) - sum;
    for (let i = k + 1; i < m; i++) b[i * columns + j] = (b[i * columns + j] ?? 0) - sum * (a[i * stride + k] ?? 0);
  }
}

/** The first `columns` columns of Q, m × columns, from what `reflect` left of an m × n matrix. */
export function orthogonal(a: Float64Array, m: number, n: number, tau: Float64Array, columns: number): Float64Array {
  const q = new Float64Array(m * columns);
  for (let k = 0; k < Math.min(m, columns); k++) q[k * columns + k] = 1;
  for (let k = Math.min(m, n) - 1; k >= 0; k--) applyReflection(a, n, k, m, tau[k] ?? 0, q, columns, 0, columns);
  return q;
}
