// Where the depth of a product is cut. The last bits of its sums hang on that, and a run that goes on in another process is to be the
// same run: so it follows from sizes alone, whichever factor's lanes are the rows. Neither threads nor the tile of the micro-kernel,
// which is wider where V8 makes 256-bit operations of pairs, have a say in it.

import type { Arithmetic } from './arithmetic.ts';
import { evenParts, roundUp } from './even-parts.ts';
import type { Variant } from './variant.ts';

export interface Extent {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly batches: number;
}

export interface DepthCut {
  /** Whether sums are few and the depth is long: then units are pieces of it, and rows and columns are cut as little as may be. */
  readonly isLong: boolean;
  /** Pieces, whose sums are added at the end. */
  readonly pieceDepth: number;
  readonly pieces: number;
  /** Depth that is packed at a time. */
  readonly chunk: number;
  /** Depth of a pass of the micro-kernel. */
  readonly pass: number;
}

/** Rows and columns of a block at most; columns where the depth is long, and where nothing is packed. */
export const most = { rows: 512, columns: 128, longColumns: 512, thinColumns: 1024 } as const;
/** Bytes of packed columns: they stay in the second-level cache. */
const cachedBytes = 512 * 1024;
/** Depth of a pass: its rows stay in the first-level cache, and its sums lose little. */
const longestPass = 1024;
/** The depth is cut in pieces where there are no more sums than this. */
const fewSums = 65536;
/** Columns of the widest tile. */
const widestTile = 16;

/** Units to share out, of a product that takes so many nanoseconds: none that is not worth it. */
export const unitsWanted = (work: number): number => Math.min(8, Math.floor(work / 20_000));

/** Nanoseconds for so many products, about, in vectors of 128 bits. */
export const narrowWork = (products: number, lanes: number): number => products / (lanes * 7);

export const isThin = (inner: Variant['inner']): boolean => inner === 'lanes' || inner === 'depth';

export function cutDepth(
  { rows, columns, depth, batches }: Extent,
  inner: Variant['inner'],
  { lanes, bytes }: Pick<Arithmetic, 'lanes' | 'bytes'>,
): DepthCut {
  const larger = Math.max(rows, columns);
  const wanted = unitsWanted(narrowWork(rows * columns * depth, lanes) * batches) / batches;
  // Where the sums of a piece stay in the second-level cache.
  const mostPieces = Math.min(16, Math.floor(depth / 1024));
  const isLong = wanted > 1 && mostPieces > 1 && rows * columns <= fewSums && depth > 2 * larger;
  const blocks = isThin(inner)
    ? Math.ceil(larger / most.thinColumns)
    : Math.ceil(rows / most.rows) * Math.ceil(columns / most.longColumns);
  const piece = isLong ? evenParts(depth, depth, 8, Math.min(mostPieces, Math.ceil((wanted * 2) / blocks))) : { block: depth, blocks: 1 }; // prettier-ignore
  const chunk = evenParts(Math.max(1, piece.block), longestChunk(larger, isLong, inner, bytes), 8).block;
  return {
    isLong,
    pieceDepth: piece.block,
    pieces: Math.max(1, piece.blocks),
    chunk,
    pass: evenParts(chunk, longestPass, 4).block,
  };
}

/** What may be packed at a time, if a block has as many columns as it ever has: of either factor. */
function longestChunk(larger: number, isLong: boolean, inner: Variant['inner'], bytes: number): number {
  // Where the depth is dense, sums are made in eight parts.
  if (isThin(inner)) return longestPass * (inner === 'depth' ? 8 : 1);
  const columns = Math.min(roundUp(larger, widestTile), isLong ? most.longColumns : most.columns);
  return Math.max(256, Math.floor(cachedBytes / (columns * bytes)));
}
