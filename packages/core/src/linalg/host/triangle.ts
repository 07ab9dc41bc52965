// Substitution.

/** Which triangle of a matrix is meant. */
export interface Triangle {
  readonly upper: boolean;
  /** Whether the diagonal is taken as ones, whatever is stored. */
  readonly unitriangular: boolean;
}

/** Solves T x = b for the n × n triangle of `a`, whose rows are `stride` apart; b has `columns` columns and becomes x. */
export function substitute(
  a: Float64Array,
  stride: number,
  n: number,
  b: Float64Array,
  columns: number,
  { upper, unitriangular }: Triangle,
): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    for (let k = upper ? i + 1 : 0; k < (upper ? n : i); k++) {
      const factor = a[i * stride + k] ?? 0;
      if (factor === 0) continue;
      for (let j = 0; j < columns; j++)
        b[i * columns + j] = (b[i * columns + j] ?? 0) - factor * (b[k * columns + j] ?? 0);
    }
    if (unitriangular) continue;
    const pivot = a[i * stride + i] ?? 0;
    for (let j = 0; j < columns; j++) b[i * columns + j] = (b[i * columns + j] ?? 0) / pivot;
  }
}

/** The n × n matrix with ones on its diagonal. */
export function identity(n: number): Float64Array {
  const made = new Float64Array(n * n);
  for (let k = 0; k < n; k++) made[k * n + k] = 1;
  return made;
}
