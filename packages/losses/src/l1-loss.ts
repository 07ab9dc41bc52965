// The mean absolute error.

import type { Tensor } from '@rushlight/core';
import { abs, type Expr } from '@rushlight/core/kernel';
import { LossModule } from './loss-module.ts';
import { pairLoss } from './pair-loss.ts';
import { checkReduction, type ReductionOptions } from './reduction.ts';

/** Options of `l1Loss` and `L1Loss`. */
export type L1LossOptions = ReductionOptions;

/** |input − target|, whose derivative where they are equal is 0. */
export const absoluteError = (input: Expr, target: Expr): Expr => abs(input.sub(target));

const distances = pairLoss('l1Loss', absoluteError);

/**
 * |input − target|, averaged over all elements unless the reduction says otherwise; NaN if there are none. The gradient is 0
 * where the two are equal. Floats of one shape; others are broadcast, with one warning. Throws DTypeError if neither is a
 * float, ShapeError if the shapes do not broadcast. torch.nn.functional.l1_loss
 */
export function l1Loss(input: Tensor, target: Tensor, { reduction }: L1LossOptions = {}): Tensor {
  checkReduction('l1Loss', reduction);
  return distances(input, target, reduction);
}

/** `l1Loss` as a module, with the same options. torch.nn.L1Loss */
export class L1Loss extends LossModule {
  constructor({ reduction = 'mean' }: L1LossOptions = {}) {
    super(reduction);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, this);
  }
}
