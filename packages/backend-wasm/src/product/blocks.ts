// How a product is cut: by its sizes alone, never by the number of threads, as sums depend on where the depth is cut.

import type { Arithmetic } from './arithmetic.ts';
import type { Variant } from './variant.ts';

export interface Extent {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly batches: number;
}

export interface Blocks {
  readonly rowBlock: number;
  readonly rowBlocks: number;
  readonly columnBlock: number;
  readonly columnBlocks: number;
  readonly pieceDepth: number;
  readonly pieces: number;
  readonly chunk: number;
  readonly pass: number;
}

/** Up to this many rows nothing is packed. */
export const fewRows = 4;

const mostRows = 512;
const mostColumns = 128;
/** Columns of a block where nothing is packed. */
const mostThinColumns = 1024;
/** Bytes of packed columns: they stay in the second-level cache. */
const cachedBytes = 512 * 1024;
/** Depth of a pass of the micro-kernel: its rows stay in the first-level cache, and its sums lose little. */
const longestPass = 1024;
/** The depth is cut in pieces where there are no more sums than this. */
const fewSums = 65536;
/** Units to share out, where a unit is worth it. */
const wantedUnits = 8;
const worthUnit = 20_000;

export const roundUp = (size: number, to: number): number => Math.ceil(size / to) * to;

/** Parts of equal size, a multiple of `to`, none larger than `most`. */
function evenParts(size: number, most: number, to: number, atLeast = 1): { block: number; blocks: number } {
  const block = roundUp(Math.ceil(size / Math.max(atLeast, Math.ceil(size / most), 1)), to);
  return { block, blocks: Math.ceil(size / block) };
}

/** Nanoseconds for so many products, about. */
export const workOf = (products: number, { lanes, unroll }: Arithmetic): number =>
  products / (lanes * (unroll > 1 ? 14 : 7));

export function blocksOf(
  { rows, columns, depth, batches }: Extent,
  inner: Variant['inner'],
  arithmetic: Arithmetic,
): Blocks {
  const thin = inner === 'lanes' || inner === 'depth';
  const work = workOf(rows * columns * depth, arithmetic) * batches;
  const wanted = Math.min(wantedUnits, Math.floor(work / worthUnit)) / batches;
  // A long depth is cut where the sums of a piece stay in the second-level cache.
  const most = Math.min(16, Math.floor(depth / 1024));
  const isLong = wanted > 1 && most > 1 && rows * columns <= fewSums && depth > 2 * Math.max(rows, columns);
  const step = thin ? 4 : arithmetic.columns;
  const limit = thin ? mostThinColumns : isLong ? 4 * mostColumns : mostColumns;
  const rowParts = evenParts(rows, thin ? fewRows : mostRows, thin ? 1 : arithmetic.rows);
  const finest = Math.ceil(columns / Math.max(step, 32));
  const split = isLong ? 1 : Math.min(finest, Math.ceil(wanted / rowParts.blocks));
  const columnParts = evenParts(columns, limit, step, split);
  const found = rowParts.blocks * columnParts.blocks;
  const pieces = isLong ? evenParts(depth, depth, 8, Math.min(most, Math.ceil(wanted * 2 / found))) : { block: depth, blocks: 1 }; // prettier-ignore
  // Where the depth is dense, sums are made in eight parts.
  const longest = thin
    ? longestPass * (inner === 'depth' ? 8 : 1)
    : Math.max(256, Math.floor(cachedBytes / (columnParts.block * arithmetic.bytes)));
  const chunk = evenParts(Math.max(1, pieces.block), Math.max(1, longest), 8).block;
  return {
    rowBlock: rowParts.block,
    rowBlocks: rowParts.blocks,
    columnBlock: columnParts.block,
    columnBlocks: columnParts.blocks,
    pieceDepth: pieces.block,
    pieces: Math.max(1, pieces.blocks),
    chunk,
    pass: evenParts(chunk, longestPass, 4).block,
  };
}
