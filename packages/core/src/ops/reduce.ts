// What reductions have in common.

import { DTypeError, ShapeError, show } from '../errors.ts';
import { type DType, isFloat } from '../kernel/index.ts';
import { normaliseDims } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type LoopOp, runLoop } from './loop.ts';

/** A dim, several, or all of them. */
export type Dims = number | readonly number[] | undefined;

export interface ReductionOptions {
  /** Keep the reduced dims, with size 1. */
  readonly keepdim?: boolean;
}

/** One loop over the dims, of as many results as it has. */
export function reduce(op: LoopOp, x: Tensor, dim: Dims, keepdim = false, scalars: readonly number[] = []): Tensor[] {
  return runLoop(op, [x], { columns: normaliseDims(op.name, dim, x.shape.length), keepdim, scalars });
}

export const first = ([result]: Tensor[]): Tensor => result as Tensor;

/** How many elements are reduced into one. */
export function countOf(name: string, x: Tensor, dim: Dims): number {
  return normaliseDims(name, dim, x.shape.length).reduce((n, d) => n * (x.shape[d] ?? 1), 1);
}

export function needsElements(name: string, x: Tensor, dim: Dims): void {
  if (countOf(name, x, dim) > 0) return;
  throw new ShapeError(
    name,
    `there is nothing to reduce: shape ${show(x.shape)} has no elements along dim ${String(dim ?? 'all')}. Give it at least one.`,
  );
}

export function needsFloat(name: string, dtype: DType): void {
  if (!isFloat(dtype))
    throw new DTypeError(
      name,
      `it is defined for floats, not ${dtype}. Convert with \`.to('float32')\` or pass { dtype }.`,
    );
}
