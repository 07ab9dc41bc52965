// A squared error that is linear far from 0.

import { ValueError, type Tensor } from '@rushlight/core';
import { abs, select } from '@rushlight/core/kernel';
import { LossModule } from './loss-module.ts';
import { pairLoss } from './pair-loss.ts';
import { checkReduction, type ReductionOptions } from './reduction.ts';

/** Options of `huberLoss` and `HuberLoss`. */
export interface HuberLossOptions extends ReductionOptions {
  /** Where the square ends, > 0. Default 1. */
  readonly delta?: number;
}

const huber = pairLoss('huberLoss', (input, target, number) => {
  const [delta, difference] = [number(), input.sub(target)];
  const distance = abs(difference);
  return select(distance.ge(delta), distance.sub(delta.mul(0.5)).mul(delta), difference.square().mul(0.5));
});

/**
 * With d = |input − target|: d² / 2 where d < δ, δ·(d − δ/2) elsewhere. Averaged over all elements unless the reduction says
 * otherwise; NaN if there are none. Floats of one shape; others are broadcast, with one warning. Throws ValueError for a
 * delta that is not positive, DTypeError if neither is a float, ShapeError if the shapes do not broadcast.
 * P. J. Huber, "Robust estimation of a location parameter", 1964. torch.nn.functional.huber_loss
 */
export function huberLoss(input: Tensor, target: Tensor, { reduction, delta = 1 }: HuberLossOptions = {}): Tensor {
  checkReduction('huberLoss', reduction);
  if (!(delta > 0)) throw new ValueError('huberLoss', `delta is ${delta}. It must be > 0.`);
  return huber(input, target, reduction, [delta]);
}

/** `huberLoss` as a module, with the same options. torch.nn.HuberLoss */
export class HuberLoss extends LossModule {
  /** Where the loss goes over from squares to distances. */
  readonly delta: number;

  constructor({ reduction = 'mean', delta = 1 }: HuberLossOptions = {}) {
    super(reduction);
    this.delta = delta;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, this);
  }
}
