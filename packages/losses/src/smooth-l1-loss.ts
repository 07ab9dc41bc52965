// An absolute error that is a square near 0.

import { ValueError, type Tensor } from '@rushlight/core';
import { abs, select } from '@rushlight/core/kernel';
import { absoluteError } from './l1-loss.ts';
import { LossModule } from './loss-module.ts';
import { pairLoss } from './pair-loss.ts';
import { checkReduction, type ReductionOptions } from './reduction.ts';

/** Options of `smoothL1Loss` and `SmoothL1Loss`. */
export interface SmoothL1LossOptions extends ReductionOptions {
  /** Where the square ends, ≥ 0; at 0 there is none, which makes it `l1Loss`. Default 1. */
  readonly beta?: number;
}

const name = 'smoothL1Loss';
const smooth = pairLoss(name, (input, target, number) => {
  const [beta, difference] = [number(), input.sub(target)];
  const distance = abs(difference);
  return select(distance.ge(beta), distance.sub(beta.mul(0.5)), difference.square().mul(0.5).div(beta));
});
const angular = pairLoss(name, absoluteError);

/**
 * With d = |input − target|: d² / 2β where d < β, d − β/2 elsewhere; `huberLoss` of δ = β, divided by β. Averaged over all
 * elements unless the reduction says otherwise; NaN if there are none. Floats of one shape; others are broadcast, with one
 * warning. Throws ValueError for a negative beta, DTypeError if neither is a float, ShapeError if the shapes do not broadcast.
 * torch.nn.functional.smooth_l1_loss
 */
export function smoothL1Loss(input: Tensor, target: Tensor, { reduction, beta = 1 }: SmoothL1LossOptions = {}): Tensor {
  checkReduction(name, reduction);
  if (!(beta >= 0)) throw new ValueError(name, `beta is ${beta}. It must be ≥ 0.`);
  return beta === 0 ? angular(input, target, reduction) : smooth(input, target, reduction, [beta]);
}

/** `smoothL1Loss` as a module, with the same options. torch.nn.SmoothL1Loss */
export class SmoothL1Loss extends LossModule {
  /** Where the loss goes over from squares to distances. */
  readonly beta: number;

  constructor({ reduction = 'mean', beta = 1 }: SmoothL1LossOptions = {}) {
    super(reduction);
    this.beta = beta;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this);
  }
}
