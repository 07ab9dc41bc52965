// How a product is cut: by its sizes alone, never by the number of threads, as sums depend on where the depth is cut. Where rows and
// columns are cut they do not, so that the tile may count there.

import type { Arithmetic } from './arithmetic.ts';
import { cutDepth, isThin, most, narrowWork, unitsWanted, type DepthCut, type Extent } from './cut-depth.ts';
import { evenParts } from './even-parts.ts';
import type { Variant } from './variant.ts';

export interface Blocks extends Omit<DepthCut, 'isLong'> {
  readonly rowBlock: number;
  readonly rowBlocks: number;
  readonly columnBlock: number;
  readonly columnBlocks: number;
}

/** Up to this many rows nothing is packed. */
export const fewRows = 4;

/** Nanoseconds for so many products, about. */
export const workOf = (products: number, { lanes, unroll }: Arithmetic): number =>
  narrowWork(products, lanes) / (unroll > 1 ? 2 : 1);

export function blocksOf(extent: Extent, inner: Variant['inner'], arithmetic: Arithmetic): Blocks {
  const { rows, columns, depth, batches } = extent;
  const { isLong, ...cut } = cutDepth(extent, inner, arithmetic);
  const thin = isThin(inner);
  const wanted = unitsWanted(workOf(rows * columns * depth, arithmetic) * batches) / batches;
  const step = thin ? 4 : arithmetic.columns;
  const limit = thin ? most.thinColumns : isLong ? most.longColumns : most.columns;
  const rowParts = evenParts(rows, thin ? fewRows : most.rows, thin ? 1 : arithmetic.rows);
  const finest = Math.ceil(columns / Math.max(step, 32));
  const split = isLong ? 1 : Math.min(finest, Math.ceil(wanted / rowParts.blocks));
  const columnParts = evenParts(columns, limit, step, split);
  return {
    ...cut,
    rowBlock: rowParts.block,
    rowBlocks: rowParts.blocks,
    columnBlock: columnParts.block,
    columnBlocks: columnParts.blocks,
  };
}
