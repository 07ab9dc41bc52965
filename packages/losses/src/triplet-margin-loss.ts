// Triplets whose distances are norms.

import { pairwiseDistance, scratch, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';
import { LossModule } from './loss-module.ts';
import { checkReduction, type Reduction, type ReductionOptions } from './reduction.ts';
import { tripletHingeOf, type Triplet } from './triplet-hinge.ts';

/** Options of `tripletMarginLoss` and `TripletMarginLoss`. */
export interface TripletMarginLossOptions extends ReductionOptions {
  /** How much nearer the positive shall be. Default 1. */
  readonly margin?: number;
  /** The power of the norm. Default 2. */
  readonly p?: number;
  /** What is added to each difference, so that no distance is 0. Default 1e-6. */
  readonly eps?: number;
  /** Whether the distance of positive and negative counts where it is the smaller one. Default false. */
  readonly swap?: boolean;
}

const op = 'tripletMarginLoss';

/**
 * max(0, margin + d(anchor, positive) − d(anchor, negative)), where d(x, y) = ‖x − y + eps‖_p over the last dim; with `swap`
 * the smaller of d(anchor, negative) and d(positive, negative) is subtracted. Averaged over the triplets unless the reduction
 * says otherwise; NaN if there are none.
 *
 * All three are [*, D] and broadcast; integers count as float32. Result: a scalar, or [*] for reduction `none`. Throws ShapeError
 * where they differ in their number of dims or do not broadcast, ValueError for a p that is no number or an unknown reduction.
 * V. Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural networks", 2016.
 * torch.nn.functional.triplet_margin_loss
 *
 * @example
 * tripletMarginLoss(embed(a), embed(p), embed(n), { margin: 0.2, swap: true }).backward();
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  { margin = 1, p = 2, eps = 1e-6, swap = false, reduction }: TripletMarginLossOptions = {},
): Tensor {
  checkReduction(op, reduction);
  if (typeof p !== 'number' || Number.isNaN(p))
    throw new ValueError(op, `p is ${String(p)}. It must be a number or ±Infinity.`);
  const triplet: Triplet = [anchor, positive, negative];
  if (positive.ndim !== anchor.ndim || negative.ndim !== anchor.ndim) {
    const [a, b, c] = triplet.map(({ shape }) => show(shape));
    throw new ShapeError(
      op,
      `the anchor has shape ${a}, the positive ${b}, the negative ${c}. Give them the same number of dims: reshape some of them.`,
    );
  }
  const distance = (x1: Tensor, x2: Tensor): Tensor => pairwiseDistance(x1, x2, { p, eps });
  return scratch(triplet, () => tripletHingeOf(triplet, distance, { margin, swap, reduction }));
}

/** `tripletMarginLoss` as a module, with the same options. torch.nn.TripletMarginLoss */
export class TripletMarginLoss extends LossModule<Reduction, [anchor: Tensor, positive: Tensor, negative: Tensor]> {
  readonly margin: number;
  /** The power of the norm. */
  readonly p: number;
  readonly eps: number;
  readonly swap: boolean;

  constructor({ margin = 1, p = 2, eps = 1e-6, swap = false, reduction = 'mean' }: TripletMarginLossOptions = {}) {
    super(reduction);
    this.margin = margin;
    this.p = p;
    this.eps = eps;
    this.swap = swap;
  }

  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, negative, this);
  }
}
