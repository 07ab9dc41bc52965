// Distances that shall be small for similar pairs and at least a margin for others.

import { autocasting, loopOp, runLoop, type Tensor } from '@rushlight/core';
import { select } from '@rushlight/core/kernel';
import { checkFloat } from './float-operands.ts';
import { hinge } from './hinge.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type ReductionOptions } from './reduction.ts';

/** Options of `hingeEmbeddingLoss` and `HingeEmbeddingLoss`. */
export interface HingeEmbeddingLossOptions extends ReductionOptions {
  /** How far apart dissimilar pairs shall be. Default 1. */
  readonly margin?: number;
}

const op = 'hingeEmbeddingLoss';
const hingeEmbedding = loopOp(op, (k) => {
  const [x, target] = [k.input(0), k.input(1)];
  const apart = hinge(k.scalar(x.dtype).sub(x));
  k.perElement(select(target.ne(1), apart, 0).add(select(target.ne(-1), x, 0)));
});

/**
 * input where the target is 1, max(0, margin − input) where it is −1, the sum of both where it is neither. Averaged over all
 * elements unless the reduction says otherwise; NaN if there are none.
 *
 * `input`: distances, float, any shape. `target`: 1 for what is similar and −1 for what is not, any dtype; the two broadcast.
 * Throws DTypeError for an input that is not a float, ShapeError if the shapes do not broadcast, ValueError for an unknown
 * reduction. torch.nn.functional.hinge_embedding_loss
 *
 * @example
 * hingeEmbeddingLoss(a.sub(b).abs().sum(1), tensor([1, -1]), { margin: 2 }).backward();
 */
export function hingeEmbeddingLoss(
  input: Tensor,
  target: Tensor,
  { margin = 1, reduction }: HingeEmbeddingLossOptions = {},
): Tensor {
  const mode = autocasting();
  if (mode)
    return mode.run('hingeEmbeddingLoss', hingeEmbeddingLoss, [
      input,
      target,
      { margin, ...(reduction && { reduction }) },
    ]);
  checkReduction(op, reduction);
  checkFloat(op, 'input', input);
  const inputs = [input, target];
  return reduce(runLoop(hingeEmbedding(inputs), inputs, { scalars: [margin] })[0] as Tensor, reduction);
}

/** `hingeEmbeddingLoss` as a module, with the same options. torch.nn.HingeEmbeddingLoss */
export class HingeEmbeddingLoss extends LossModule {
  /** How far apart dissimilar pairs shall be. */
  readonly margin: number;

  constructor({ margin = 1, reduction = 'mean' }: HingeEmbeddingLossOptions = {}) {
    super(reduction);
    this.margin = margin;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, this);
  }
}
