// How a product is cut into workgroups and threads: chosen for each launch by its sizes, from a few kernels.

import type { Features } from '../features.ts';
import { extentOf, thin, type Extent, type Product } from './product.ts';

/** Rows and columns of the sums of one thread. */
interface Block {
  readonly rows: number;
  readonly columns: number;
}

/**
 * `tile`: a workgroup computes a tile of sums, and brings the factors to shared memory a slice of the depth at a time.
 * `direct`: every thread computes a block of sums from memory; nobody waits. `dot`: the threads of a workgroup share the depth of a block.
 */
export interface Schedule {
  readonly kind: 'tile' | 'direct' | 'dot';
  readonly block: Block;
  /** Threads along the rows and columns of a tile. */
  readonly threads: Block;
  /** Depth of a slice of a tile. */
  readonly slice: number;
  /** How many pieces the depth is cut into, whose sums are added by a second kernel. */
  readonly pieces: number;
  readonly pieceDepth: number;
}

/** What there is a kernel for; `kind` and sizes of its own. */
export type Shape = Omit<Schedule, 'pieces' | 'pieceDepth'>;

/** Threads of a workgroup that shares nothing. */
export const lanes = 64;

export const tile = (rows: number, columns: number, threadRows: number, threadColumns: number, slice = 16): Shape => ({
  kind: 'tile',
  block: { rows, columns },
  threads: { rows: threadRows, columns: threadColumns },
  slice,
});
const single = { rows: 1, columns: 1 } as const;
export const direct = (rows: number, columns: number): Shape => ({
  kind: 'direct',
  block: { rows, columns },
  threads: single,
  slice: 1,
});
export const dot = (rows: number, columns: number): Shape => ({
  kind: 'dot',
  block: { rows, columns },
  threads: single,
  slice: lanes,
});

/** Bytes that a tile shares: a vector of slack in each line keeps threads off each other's banks. */
export const sharedBytes = ({ block, threads, slice }: Shape): number =>
  slice * 16 * ((block.rows * threads.rows) / 4 + 1 + (block.columns * threads.columns) / 4 + 1);

/** Products per clock and thread, of those that a thread could make at best, about. */
export const tiles: readonly (readonly [Shape, number])[] = [
  [tile(8, 8, 16, 16), 1],
  [tile(8, 8, 16, 16, 8), 0.9],
  [tile(4, 8, 8, 16), 0.7],
  [tile(8, 4, 16, 8), 0.7],
  [tile(4, 4, 16, 16), 0.65],
  [tile(4, 4, 8, 8), 0.5],
];

/** Threads that keep a large GPU busy, if each has much to do. */
const enoughThreads = 32768;
/** No more depth in one sum of float32: it would lose digits. */
const longestDepth = 4096;
/** No piece is shorter, or adding them would cost more than it saves. */
const shortestPiece = 256;
/** Sums of pieces, at most. */
const mostSums = 2 ** 25;

/** Products that take as long as a sum takes to be stored and added, about. */
const addingSum = 32;

/** Depth of the pieces, a multiple of `slice`, for as many pieces as are wanted and may be. */
function cutDepth(
  { batches, rows, columns, depth }: Extent,
  wanted: number,
  slice: number,
): { pieces: number; pieceDepth: number } {
  const most = Math.floor(mostSums / (batches * rows * columns));
  const needed = Math.max(Math.ceil(depth / longestDepth), Math.min(wanted, Math.floor(depth / shortestPiece)));
  const count = Math.max(1, Math.min(needed, most, 256));
  const pieceDepth = Math.ceil(depth / count / slice) * slice;
  return pieceDepth > 0 ? { pieces: Math.ceil(depth / pieceDepth), pieceDepth } : { pieces: 1, pieceDepth: 0 };
}

/** A shape with the depth in as many pieces as are wanted, about. */
export const scheduled = (shape: Shape, extent: Extent, wanted: number): Schedule => ({
  ...shape,
  ...cutDepth(extent, wanted, shape.slice),
});

const blocksOf = ({ batches, rows, columns }: Extent, height: number, width: number): number =>
  batches * Math.ceil(rows / height) * Math.ceil(columns / width);

/** A shape with its depth cut, and about how long it takes. */
function weigh(shape: Shape, speed: number, extent: Extent): { schedule: Schedule; time: number } {
  const { kind, block, threads, slice } = shape;
  const [height, width] = [block.rows * threads.rows, block.columns * threads.columns];
  const perBlock = kind === 'dot' ? lanes : threads.rows * threads.columns;
  const blocks = blocksOf(extent, height, width);
  const schedule = scheduled(shape, extent, Math.ceil(enoughThreads / (blocks * perBlock)));
  const { pieces } = schedule;
  const busy = Math.min(1, (blocks * perBlock * pieces) / enoughThreads);
  const adding = pieces > 1 ? extent.batches * extent.rows * extent.columns * pieces * addingSum : 0;
  const time = (blocks * height * width * Math.max(extent.depth, slice)) / (speed * busy) + adding;
  return { schedule, time };
}

/** Few rows: the depth is shared where it is dense in memory, else columns are, and neighbours are read by neighbours. */
function thinShape({ rows, depth, columns }: Extent, { b }: Product): Shape {
  if (b.isDeep && depth >= lanes * 2) return dot(rows === 1 ? 1 : 4, columns >= 4 ? 4 : 1);
  return rows === 1 ? direct(1, 1) : direct(4, 1);
}

/** Products from which larger blocks pay for what it takes to compile them. */
const muchWork = 2 ** 24;

function softwareShape({ batches, rows, columns, depth }: Extent): Shape {
  if (rows === 1) return direct(1, 8);
  if (rows * columns < 64) return direct(1, 1);
  return Math.min(rows, columns) >= 64 && batches * rows * columns * depth >= muchWork ? direct(8, 8) : direct(4, 8);
}

/** The schedule for a product on an adapter; it follows from sizes and what is dense alone, and so do the last bits of its sums. */
export function chooseSchedule(product: Product, features: Features): Schedule {
  const extent = extentOf(product);
  // A program on the CPU shares nothing between threads, and is kept busy by few of them.
  if (features.software) return scheduled(softwareShape(extent), extent, 1);
  if (extent.rows <= thin) return weigh(thinShape(extent, product), 0.1, extent).schedule;
  const fits = (shape: Shape): boolean =>
    sharedBytes(shape) <= features.workgroupBytes &&
    shape.threads.rows * shape.threads.columns <= features.workgroupThreads;
  const candidates = tiles.filter(([shape]) => fits(shape)).map(([shape, speed]) => weigh(shape, speed, extent));
  candidates.push(weigh(direct(1, 1), 0.1, extent));
  return candidates.reduce((best, other) => (other.time < best.time ? other : best)).schedule;
}
