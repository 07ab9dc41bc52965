// Elimination with partial pivoting.

/**
 * Factors an m × n matrix in place: below the diagonal L, whose diagonal of ones is not stored, on and above it U. Notes for
 * each step the row, counted from 1, that was exchanged with the step's own. Gives the number of the first pivot that is 0,
 * counted from 1, or 0 where there is none.
 */
export function factorLU(a: Float64Array, m: number, n: number, pivots: Int32Array, pivoting = true): number {
  let info = 0;
  for (let k = 0; k < Math.min(m, n); k++) {
    let best = k;
    if (pivoting) for (let i = k + 1; i < m; i++) if (Math.abs(a[i * n + k] ?? 0) > Math.abs(a[best * n + k] ?? 0)) best = i; // prettier-ignore
    pivots[k] = best + 1;
    if (best !== k) swapRows(a, n, k, best);
    const pivot = a[k * n + k] ?? 0;
    if (pivot === 0) {
      if (info === 0) info = k + 1;
      continue;
    }
    for (let i = k + 1; i < m; i++) {
      const factor = (a[i * n + k] ?? 0) / pivot;
      a[i * n + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) a[i * n + j] = (a[i * n + j] ?? 0) - factor * (a[k * n + j] ?? 0);
    }
  }
  return info;
}

function swapRows(a: Float64Array, n: number, i: number, j: number): void {
  for (let k = 0; k < n; k++) {
    const kept = a[i * n + k] ?? 0;
    a[i * n + k] = a[j * n + k] ?? 0;
    a[j * n + k] = kept;
  }
}

/** Exchanges the rows of b, of `columns` columns, as the factorisation did. */
export function permuteRows(b: Float64Array, columns: number, pivots: ArrayLike<number>): void {
  for (let k = 0; k < pivots.length; k++) {
    const other = (pivots[k] ?? k + 1) - 1;
    if (other !== k) swapRows(b, columns, k, other);
  }
}

/** P of A = P L U, m × m. */
export function permutationMatrix(pivots: ArrayLike<number>, m: number): Float64Array {
  const order = Float64Array.from({ length: m }, (_, k) => k);
  permuteRows(order, 1, pivots);
  const made = new Float64Array(m * m);
  order.forEach((row, column) => (made[row * m + column] = 1));
  return made;
}
