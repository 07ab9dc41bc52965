// What becomes of the losses of single elements.

import { ValueError, type Tensor } from '@rushlight/core';

/** `none` keeps one loss per element, `sum` adds them up, `mean` divides by how many there are (or by their weights). */
export type Reduction = 'none' | 'mean' | 'sum';

export interface ReductionOptions {
  /** Default `mean`. */
  readonly reduction?: Reduction;
}

export function checkReduction(op: string, reduction: Reduction = 'mean'): void {
  if (['none', 'mean', 'sum'].includes(reduction)) return;
  throw new ValueError(op, `there is no reduction "${String(reduction)}". Use 'mean', 'sum' or 'none'.`);
}

export function reduce(losses: Tensor, reduction: Reduction = 'mean'): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? losses.sum() : losses.mean();
}
