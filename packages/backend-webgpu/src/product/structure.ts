// What the kernels of a product are made for, and what their numbers are read from.

import type { ConvProgram, DType, Expr, MatmulProgram } from '@rushlight/core/kernel';
import type { Extent, Product } from './product.ts';
import type { Schedule } from './schedule.ts';

/** What the program tells. */
export interface ProductStructure {
  readonly factors: readonly [first: DType, second: DType];
  readonly scalars: readonly DType[];
  readonly epilogue: Expr;
  /** Of the extra operands, then of the output. */
  readonly ends: readonly DType[];
}

export function structureOf({ inputs, scalars, epilogue, output }: MatmulProgram | ConvProgram): ProductStructure {
  const [first, second, ...extras] = inputs;
  return {
    factors: [first.dtype, second.dtype],
    scalars,
    epilogue,
    ends: [...extras, output].map(({ dtype }) => dtype),
  };
}

/** What its numbers are read from at a dispatch. */
export interface Work {
  readonly product: Product;
  readonly extent: Extent;
  readonly schedule: Schedule;
  /** Blocks of the schedule along the rows and columns. */
  readonly rowBlocks: number;
  readonly columnBlocks: number;
  /** Where the factors a and b and the ends begin, in elements. */
  readonly offsets: readonly [a: number, b: number, ...ends: number[]];
  readonly scalars: readonly number[];
}

/** What of a launch is known when its kernel is made, beside the structure. */
export interface Variant {
  readonly kind: Schedule['kind'] | 'finish';
  readonly block: Schedule['block'];
  readonly threads: Schedule['threads'];
  readonly slice: number;
  readonly batchRank: number;
  readonly rowRank: number;
  readonly columnRank: number;
  readonly isTurned: boolean;
  /** Of a and b: whether depth goes by a table, and whether it is what neighbouring threads load. */
  readonly tables: readonly [boolean, boolean];
  readonly isDeep: readonly [boolean, boolean];
  /** Whether sums are stored as they are, for the kernel that finishes them. */
  readonly isPartial: boolean;
  /** Which of the extra operands' buffers each of them is in, where some share one. */
  readonly sharing: readonly number[];
}

export function variantOf({ product, schedule }: Work, isPartial: boolean, sharing: readonly number[]): Variant {
  const { a, b, batch, rows, columns, isTurned } = product;
  const { kind, block, threads, slice } = schedule;
  return {
    kind, block, threads, slice, isTurned, isPartial, sharing,
    batchRank: batch.length, rowRank: rows.length, columnRank: columns.length,
    tables: ['at' in a.depth, 'at' in b.depth],
    isDeep: kind === 'tile' ? [a.isDeep, b.isDeep] : [false, false],
  }; // prettier-ignore
}

export const keyOf = ({
  kind,
  block,
  threads,
  slice,
  batchRank,
  rowRank,
  columnRank,
  isTurned,
  tables,
  isDeep,
  isPartial,
  sharing,
}: Variant): string =>
  // prettier-ignore
  `${kind} ${block.rows}x${block.columns} ${threads.rows}x${threads.columns} ${slice} ${batchRank}.${rowRank}.${columnRank} ${isTurned} ${tables} ${isDeep} ${isPartial} ${sharing}`;

/** The dtype of sums that are not finished: of narrow integers, whole words. */
export const sumDtype = (factor: DType): DType =>
  factor.startsWith('float') ? 'float32' : factor === 'int32' ? 'int32' : 'uint8';

/** The WGSL type of a sum while it is made. Narrow integers wrap when they are finished: the low bits are the same. */
export const sumType = (factor: DType): 'f32' | 'i32' | 'u32' =>
  factor.startsWith('float') ? 'f32' : factor === 'int32' ? 'i32' : 'u32';
