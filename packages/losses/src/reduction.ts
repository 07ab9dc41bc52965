// What becomes of the losses of single elements.

import { letGo, ValueError, type Tensor } from '@rushlight/core';

/** `none` keeps one loss per element, `sum` adds them up, `mean` divides by how many there are (or by their weights). */
export type Reduction = 'none' | 'mean' | 'sum';

/** What becomes of the losses of single elements or samples. */
export interface ReductionOptions {
  /** Default `mean`. */
  readonly reduction?: Reduction;
}

const reductions: readonly Reduction[] = ['mean', 'sum', 'none'];

/** Refuses a reduction that is not among those `allowed`. */
export function checkReduction(op: string, reduction = 'mean', allowed: readonly string[] = reductions): void {
  if (allowed.includes(reduction)) return;
  const names = allowed.map((name) => `'${name}'`);
  const choice = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  throw new ValueError(op, `there is no reduction "${String(reduction)}". Use ${choice}.`);
}

/** The losses as the reduction wants them, which nobody else may know: they are let go of where they are not the result. */
export function reduce(losses: Tensor, reduction: Reduction = 'mean'): Tensor {
  if (reduction === 'none') return losses;
  const total = reduction === 'sum' ? losses.sum() : losses.mean();
  letGo([losses]);
  return total;
}
