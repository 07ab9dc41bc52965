// Arguments of convolution and pooling: one number for all spatial dims, or one for each.

import { ShapeError, show, ValueError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';

/** A number for every spatial dim, or one for each. */
export type PerDim = number | readonly number[];

/** `value` for each of `rank` spatial dims. Throws where it is not whole or below `least`. */
export function perDim(op: string, what: string, value: PerDim, rank: number, least: number): number[] {
  const list = typeof value === 'number' ? [value] : value;
  if (list.length !== 1 && list.length !== rank)
    throw new ShapeError(op, `${what} ${show(list)} has ${list.length} numbers. Give one, or ${rank}.`);
  for (const n of list) {
    if (!Number.isInteger(n) || n < least)
      throw new ValueError(op, `${what} is ${show(list)}. Use whole numbers from ${least} on.`);
  }
  return Array.from({ length: rank }, (_, d) => list[d] ?? list[0] ?? least);
}

/** Runs `fn` on `x` as a batch [N, C, …spatial]; without the N, on a batch of one whose results come without it. */
export function asBatch<R>(
  op: string,
  x: Tensor,
  rank: number,
  fn: (batch: Tensor, finish: (result: Tensor) => Tensor) => R,
): R {
  if (x.shape.length === rank + 2) return fn(x, (result) => result);
  if (x.shape.length === rank + 1) return fn(x.unsqueeze(0), (result) => result.squeeze(0));
  throw new ShapeError(
    op,
    `the input ${show(x.shape)} has ${x.shape.length} dims. It takes [N, C, …] or [C, …] with ${rank} more.`,
  );
}
