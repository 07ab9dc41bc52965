// A = L D Lᵀ of symmetric matrices that need not be positive-definite: D has blocks of one or two rows. The choice of pivots is
// that of Bunch and Kaufman, https://doi.org/10.1090/S0025-5718-1977-0428694-0; the results are laid out as LAPACK's (lower triangle).

/** How large an element on the diagonal has to be beside the others to be a pivot by itself. */
const growth = (1 + /* @__PURE__ */ Math.sqrt(17)) / 8;

interface Pivot {
  /** The row that comes to stand last of the block. */
  readonly row: number;
  readonly size: 1 | 2;
}

/** The row of the largest element of a column from row `from` on. */
function largestBelow(a: Float64Array, n: number, column: number, from: number): number {
  let best = from;
  for (let i = from + 1; i < n; i++)
    if (Math.abs(a[i * n + column] ?? 0) > Math.abs(a[best * n + column] ?? 0)) best = i;
  return best;
}

/** The next pivot; undefined where the column is 0. */
function choosePivot(a: Float64Array, n: number, k: number): Pivot | undefined {
  const own = Math.abs(a[k * n + k] ?? 0);
  const other = largestBelow(a, n, k, Math.min(k + 1, n - 1));
  const column = k < n - 1 ? Math.abs(a[other * n + k] ?? 0) : 0;
  if (Math.max(own, column) === 0) return undefined;
  if (own >= growth * column) return { row: k, size: 1 };
  let row = 0;
  for (let j = k; j < other; j++) row = Math.max(row, Math.abs(a[other * n + j] ?? 0));
  for (let i = other + 1; i < n; i++) row = Math.max(row, Math.abs(a[i * n + other] ?? 0));
  if (own >= growth * column * (column / row)) return { row: k, size: 1 };
  return { row: other, size: Math.abs(a[other * n + other] ?? 0) >= growth * row ? 1 : 2 };
}

function swap(a: Float64Array, i: number, j: number): void {
  const kept = a[i] ?? 0;
  a[i] = a[j] ?? 0;
  a[j] = kept;
}

/** Exchanges rows and columns p < q of the lower triangle from column k on. */
function exchange(a: Float64Array, n: number, k: number, p: number, q: number): void {
  for (let i = q + 1; i < n; i++) swap(a, i * n + p, i * n + q);
  for (let i = p + 1; i < q; i++) swap(a, i * n + p, q * n + i);
  swap(a, p * n + p, q * n + q);
  if (p > k) swap(a, p * n + k, q * n + k);
}

/**
 * Factors an n × n matrix, of which it reads the lower triangle, in place, with 0 above the diagonal. Notes for each row, counted
 * from 1, which it was exchanged with, negative for both rows of a block of two. Gives the first block that is 0, from 1, or 0.
 */
export function factorLDL(a: Float64Array, n: number, pivots: Int32Array): number {
  let info = 0;
  for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, (i + 1) * n);
  for (let k = 0; k < n;) {
    const pivot = choosePivot(a, n, k);
    const { row, size } = pivot ?? { row: k, size: 1 };
    const last = k + size - 1;
    if (row !== last) exchange(a, n, k, last, row);
    if (!pivot) info ||= k + 1;
    else if (size === 1) eliminateOne(a, n, k);
    else eliminateTwo(a, n, k);
    for (let i = k; i <= last; i++) pivots[i] = size === 1 ? row + 1 : -(row + 1);
    k += size;
  }
  return info;
}

function eliminateOne(a: Float64Array, n: number, k: number): void {
  const scale = 1 / (a[k * n + k] ?? 0);
  for (let j = k + 1; j < n; j++) {
    const factor = scale * (a[j * n + k] ?? 0);
    for (let i = j; i < n; i++) a[i * n + j] = (a[i * n + j] ?? 0) - factor * (a[i * n + k] ?? 0);
  }
  for (let i = k + 1; i < n; i++) a[i * n + k] = (a[i * n + k] ?? 0) * scale;
}

function eliminateTwo(a: Float64Array, n: number, k: number): void {
  const off = a[(k + 1) * n + k] ?? 0;
  const [first, second] = [(a[k * n + k] ?? 0) / off, (a[(k + 1) * n + k + 1] ?? 0) / off];
  const scale = 1 / (first * second - 1) / off;
  for (let j = k + 2; j < n; j++) {
    const [x, y] = [a[j * n + k] ?? 0, a[j * n + k + 1] ?? 0];
    const [p, q] = [scale * (second * x - y), scale * (first * y - x)];
    for (let i = j; i < n; i++)
      a[i * n + j] = (a[i * n + j] ?? 0) - (a[i * n + k] ?? 0) * p - (a[i * n + k + 1] ?? 0) * q;
    a[j * n + k] = p;
    a[j * n + k + 1] = q;
  }
}

/** Turns b, of `columns` columns, into the solution, given what `factorLDL` left. */
export function solveLDL(
  a: Float64Array,
  n: number,
  pivots: ArrayLike<number>,
  b: Float64Array,
  columns: number,
): void {
  const swapRows = (i: number, j: number): void => {
    if (i !== j) for (let c = 0; c < columns; c++) swap(b, i * columns + c, j * columns + c);
  };
  /** Row i less a multiple of row j. */
  const subtract = (i: number, j: number, factor: number): void => {
    for (let c = 0; c < columns; c++)
      b[i * columns + c] = (b[i * columns + c] ?? 0) - factor * (b[j * columns + c] ?? 0);
  };
  for (let k = 0; k < n;) {
    const pivot = pivots[k] ?? 1;
    const size = pivot > 0 ? 1 : 2;
    swapRows(k + size - 1, Math.abs(pivot) - 1);
    for (let j = k; j < k + size; j++) for (let i = k + size; i < n; i++) subtract(i, j, a[i * n + j] ?? 0);
    if (size === 1)
      for (let c = 0; c < columns; c++) b[k * columns + c] = (b[k * columns + c] ?? 0) / (a[k * n + k] ?? 0);
    else divideBlock(a, n, k, b, columns);
    k += size;
  }
  for (let k = n - 1; k >= 0;) {
    const pivot = pivots[k] ?? 1;
    const size = pivot > 0 ? 1 : 2;
    for (let j = k - size + 1; j <= k; j++) for (let i = k + 1; i < n; i++) subtract(j, i, a[i * n + j] ?? 0);
    swapRows(k, Math.abs(pivot) - 1);
    k -= size;
  }
}

/** Rows k and k + 1 divided by the block of D there. */
function divideBlock(a: Float64Array, n: number, k: number, b: Float64Array, columns: number): void {
  const off = a[(k + 1) * n + k] ?? 0;
  const [first, second] = [(a[k * n + k] ?? 0) / off, (a[(k + 1) * n + k + 1] ?? 0) / off];
  const denominator = first * second - 1;
  for (let c = 0; c < columns; c++) {
    const [x, y] = [(b[k * columns + c] ?? 0) / off, (b[(k + 1) * columns + c] ?? 0) / off];
    b[k * columns + c] = (second * x - y) / denominator;
    b[(k + 1) * columns + c] = (first * y - x) / denominator;
  }
}
