// Triplets whose distance is the user's choice.

import { pairwiseDistance, type Tensor } from '@rushlight/core';
import { LossModule } from './loss-module.ts';
import { checkReduction, type Reduction, type ReductionOptions } from './reduction.ts';
import { tripletHingeOf, type DistanceFunction } from './triplet-hinge.ts';

/** Options of `tripletMarginWithDistanceLoss` and `TripletMarginWithDistanceLoss`. */
export interface TripletMarginWithDistanceLossOptions extends ReductionOptions {
  /** How far apart two tensors are, pair by pair: a function or a module. Default: the Euclidean norm of x1 − x2 + 1e-6. */
  readonly distanceFunction?: DistanceFunction | null | undefined;
  /** How much nearer the positive shall be. Default 1. */
  readonly margin?: number;
  /** Whether the distance of positive and negative counts where it is the smaller one. Default false. */
  readonly swap?: boolean;
}

const euclidean: DistanceFunction = (x1, x2) => pairwiseDistance(x1, x2);

/**
 * max(0, margin + d(anchor, positive) − d(anchor, negative)), where d is `distanceFunction`; with `swap` the smaller of
 * d(anchor, negative) and d(positive, negative) is subtracted. Averaged over what d returns unless the reduction says
 * otherwise; NaN if that is nothing.
 *
 * The three tensors are whatever d takes. Result: a scalar, or the shape that d returns for reduction `none`. Throws ValueError
 * for an unknown reduction, and what d throws. torch.nn.functional.triplet_margin_with_distance_loss
 *
 * @example
 * const distanceFunction = (x: Tensor, y: Tensor) => x.sub(y).abs().amax(1);
 * tripletMarginWithDistanceLoss(a, p, n, { distanceFunction, margin: 1.5 }).backward();
 */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  { distanceFunction, margin = 1, swap = false, reduction }: TripletMarginWithDistanceLossOptions = {},
): Tensor {
  checkReduction('tripletMarginWithDistanceLoss', reduction);
  const options = { margin, swap, reduction };
  return tripletHingeOf([anchor, positive, negative], distanceFunction ?? euclidean, options);
}

/**
 * `tripletMarginWithDistanceLoss` as a module, with the same options. A distance that is a module is one of its children.
 * torch.nn.TripletMarginWithDistanceLoss
 */
export class TripletMarginWithDistanceLoss extends LossModule<
  Reduction,
  [anchor: Tensor, positive: Tensor, negative: Tensor]
> {
  /** The distance, under its name in a state dict. */
  readonly distance_function: DistanceFunction | null;
  readonly margin: number;
  readonly swap: boolean;

  constructor(options: TripletMarginWithDistanceLossOptions = {}) {
    const { distanceFunction = null, margin = 1, swap = false, reduction = 'mean' } = options;
    super(reduction);
    this.distance_function = distanceFunction;
    this.margin = margin;
    this.swap = swap;
  }

  /** The distance; null for the Euclidean one. */
  get distanceFunction(): DistanceFunction | null {
    return this.distance_function;
  }

  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginWithDistanceLoss(anchor, positive, negative, this);
  }
}
