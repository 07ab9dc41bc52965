// The mean squared error.

import type { Tensor } from '@rushlight/core';
import { LossModule } from './loss-module.ts';
import { pairLoss } from './pair-loss.ts';
import { checkReduction, type ReductionOptions } from './reduction.ts';

/** Options of `mseLoss` and `MSELoss`. */
export type MSELossOptions = ReductionOptions;

const squares = pairLoss('mseLoss', (input, target) => input.sub(target).square());

/**
 * (input − target)², averaged over all elements unless the reduction says otherwise; NaN if there are none. Floats of one
 * shape; others are broadcast, with one warning. Throws DTypeError if neither is a float, ShapeError if the shapes do not
 * broadcast. torch.nn.functional.mse_loss
 */
export function mseLoss(input: Tensor, target: Tensor, { reduction }: MSELossOptions = {}): Tensor {
  checkReduction('mseLoss', reduction);
  return squares(input, target, reduction);
}

/** `mseLoss` as a module, with the same options. torch.nn.MSELoss */
export class MSELoss extends LossModule {
  constructor({ reduction = 'mean' }: MSELossOptions = {}) {
    super(reduction);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this);
  }
}
