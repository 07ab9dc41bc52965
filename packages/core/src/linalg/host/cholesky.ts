/**
 * Factors a symmetric n × n matrix, of which it reads the lower triangle, into L Lᵀ, in place, with 0 above the diagonal. Gives
 * the order of the first leading minor that is not positive, or 0 where all are.
 */
export function factorCholesky(a: Float64Array, n: number): number {
  for (let j = 0; j < n; j++) {
    let rest = a[j * n + j] ?? 0;
    for (let k = 0; k < j; k++) rest -= (a[j * n + k] ?? 0) ** 2;
    if (!(rest > 0)) return j + 1;
    const root = Math.sqrt(rest);
    a[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (a[i * n + k] ?? 0) * (a[j * n + k] ?? 0);
      a[i * n + j] = sum / root;
    }
    a.fill(0, j * n + j + 1, (j + 1) * n);
  }
  return 0;
}
