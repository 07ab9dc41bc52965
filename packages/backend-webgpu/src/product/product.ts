// A product of matrices in numbers: what matmul and conv have in common. An element of a factor lies `start`, plus a part for its batch,
// plus a part for its lane (row or column), plus a part for its depth behind the operand; of an extra operand or the output, a part for
// its row and one for its column. So patches of an image are the rows or columns of a matrix that is nowhere in memory.

/** Offsets along the depth: a step, or a table of `count` entries that begins at `at` in the table buffer. */
export type Depth = { readonly step: number } | { readonly at: number };

export interface Factor {
  /** Elements behind the operand's offset, as all the rest is. */
  readonly start: number;
  readonly batch: readonly number[];
  /** Strides along the axes of the rows or columns. */
  readonly lanes: readonly number[];
  readonly depth: Depth;
  /** Whether neighbours in depth are neighbours in memory, rather than neighbouring lanes. */
  readonly isDeep: boolean;
}

/** An extra operand of the epilogue, or the output. */
export interface End {
  readonly start: number;
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

export interface Product {
  /** Sizes of the axes, the last the innermost. */
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly depth: number;
  readonly a: Factor;
  readonly b: Factor;
  readonly ends: readonly End[];
  /** Whether its rows are what the launch calls columns: then `a` is the second factor. */
  readonly isTurned: boolean;
}

/** How many there are of each. */
export interface Extent {
  readonly batches: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

const count = (sizes: readonly number[]): number => sizes.reduce((n, size) => n * size, 1);

export const extentOf = ({ batch, rows, columns, depth }: Product): Extent => ({
  batches: count(batch),
  rows: count(rows),
  columns: count(columns),
  depth,
});

/** The same product with its factors exchanged. */
function turned({ rows, columns, a, b, ends, isTurned, ...rest }: Product): Product {
  const exchange = (end: End): End => ({ ...end, rows: end.columns, columns: end.rows });
  return { ...rest, rows: columns, columns: rows, a: b, b: a, ends: ends.map(exchange), isTurned: !isTurned };
}

/** So few rows or columns that most of a tile would be empty. */
export const thin = 4;

/** Very few rows or columns are to be rows; else columns are to be neighbours in the output. */
export function wellTurned(product: Product): Product {
  const { rows, columns } = extentOf(product);
  if (Math.min(rows, columns) <= thin) return columns < rows ? turned(product) : product;
  const out = product.ends.at(-1);
  return out && out.rows.at(-1) === 1 && out.columns.at(-1) !== 1 ? turned(product) : product;
}

/** Dims that are walked one inside the other, the last the innermost. */
export interface Axis {
  readonly size: number;
  readonly step: number;
}

/** The same walk by as few axes as can be. */
export function merged(axes: readonly Axis[]): Axis[] {
  const kept: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = kept.at(-1);
    if (outer?.step === axis.step * axis.size)
      kept[kept.length - 1] = { size: outer.size * axis.size, step: axis.step };
    else kept.push(axis);
  }
  return kept;
}

/** How many elements of a walk are neighbours. */
const runOf = (axes: readonly Axis[]): number => {
  const inner = merged(axes).at(-1);
  return inner && Math.abs(inner.step) === 1 ? inner.size : 0;
};

/** Whether more neighbours are along the depth than along the lanes. */
export const isDeep = (depth: readonly Axis[], lanes: readonly Axis[]): boolean => runOf(depth) > runOf(lanes);
