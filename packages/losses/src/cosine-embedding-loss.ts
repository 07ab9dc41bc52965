// Vectors that shall point the same way, or not.

import { loopOp, runLoop, ShapeError, show, type DType, type Tensor } from '@rushlight/core';
import { constant, select, sqrt } from '@rushlight/core/kernel';
import { floatType } from './float-operands.ts';
import { hinge } from './hinge.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type Reduction, type ReductionOptions } from './reduction.ts';

/** Options of `cosineEmbeddingLoss` and `CosineEmbeddingLoss`. */
export interface CosineEmbeddingLossOptions extends ReductionOptions {
  /** The cosine that dissimilar vectors may have, from −1 to 1. Default 0. */
  readonly margin?: number;
}

const op = 'cosineEmbeddingLoss';
/** What keeps the cosine of zeros finite. */
const eps = 1e-12;

const cosineEmbedding = loopOp(op, (k, dtype: DType) => {
  const [a, b, target] = [k.input(0).cast(dtype), k.input(1).cast(dtype), k.input(2)];
  const size = k.sum(a.square()).add(eps).mul(k.sum(b.square()).add(eps));
  const cosine = k.sum(a.mul(b)).div(sqrt(size));
  const similar = select(target.eq(1), constant(1, dtype).sub(cosine), 0);
  k.perRow(similar.add(select(target.eq(-1), hinge(cosine.sub(k.scalar(dtype))), 0)));
});

/**
 * With c = input1·input2 / √((‖input1‖² + 1e-12)·(‖input2‖² + 1e-12)): 1 − c where the target is 1, max(0, c − margin) where
 * it is −1, 0 elsewhere. Averaged over the pairs unless the reduction says otherwise; NaN if there are none.
 *
 * `input1`, `input2`: [N, D], or [D] for one pair; integers count as float32. `target`: [N] or [], any dtype. One sample meets
 * many, but D must be the same. Result: a scalar, or [N] or [] for reduction `none`. Throws ShapeError where these do not fit,
 * ValueError for an unknown reduction. torch.nn.functional.cosine_embedding_loss
 *
 * @example
 * cosineEmbeddingLoss(randn([3, 8]), randn([3, 8]), tensor([1, -1, 1]), { margin: 0.5 });
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  { margin = 0, reduction }: CosineEmbeddingLossOptions = {},
): Tensor {
  checkReduction(op, reduction);
  const { ndim } = target;
  const [a, b, t] = [input1, input2, target].map(({ shape }) => show(shape));
  if (ndim > 1)
    throw new ShapeError(op, `the target has shape ${t}. Give one number per pair: [N], or [] for a single pair.`);
  if (input1.ndim !== ndim + 1 || input2.ndim !== ndim + 1) {
    throw new ShapeError(
      op,
      `the inputs have shapes ${a} and ${b}, the target ${t}. Use [N, D] with a target [N], or [D] with [].`,
    );
  }
  if (input1.shape.at(-1) !== input2.shape.at(-1)) {
    throw new ShapeError(
      op,
      `the inputs have shapes ${a} and ${b}. Their last dims must be equal: reshape one of them.`,
    );
  }
  const inputs = [input1, input2, target.unsqueeze(-1)];
  const loop = cosineEmbedding(inputs, floatType(op, input1, input2));
  const [losses] = runLoop(loop, inputs, { columns: [ndim], scalars: [margin] });
  return reduce(losses as Tensor, reduction);
}

/** `cosineEmbeddingLoss` as a module, with the same options. torch.nn.CosineEmbeddingLoss */
export class CosineEmbeddingLoss extends LossModule<Reduction, [input1: Tensor, input2: Tensor, target: Tensor]> {
  /** The cosine that dissimilar vectors may have. */
  readonly margin: number;

  constructor({ margin = 0, reduction = 'mean' }: CosineEmbeddingLossOptions = {}) {
    super(reduction);
    this.margin = margin;
  }

  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(input1, input2, target, this);
  }
}
