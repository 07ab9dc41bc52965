// What becomes of the losses of single elements.

import { loopOp, runLoop, ValueError, type Tensor } from '@rushlight/core';

/** `none` keeps one loss per element, `sum` adds them up, `mean` divides by how many there are (or by their weights). */
export type Reduction = 'none' | 'mean' | 'sum';

export interface ReductionOptions {
  /** Default `mean`. */
  readonly reduction?: Reduction;
}

export function checkReduction(op: string, reduction: Reduction): void {
  if (['none', 'mean', 'sum'].includes(reduction)) return;
  throw new ValueError(op, `there is no reduction "${String(reduction)}". Use 'mean', 'sum' or 'none'.`);
}

const weightedMeanOp = loopOp('WeightedMean', (k) => k.perRow(k.sum(k.input(0)).div(k.sum(k.input(1)))));

/** Reduces losses; `weights` are what a mean divides by, 1 each if they are not given. */
export function reduce(losses: Tensor, reduction: Reduction, weights?: Tensor): Tensor {
  if (reduction === 'none') return losses;
  if (reduction === 'sum') return losses.sum();
  if (!weights) return losses.mean();
  return runLoop(weightedMeanOp([losses, weights]), [losses, weights], {
    columns: losses.shape.map((_, d) => d),
  })[0] as Tensor;
}
