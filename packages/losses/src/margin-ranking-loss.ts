// Which of two scores shall be the larger, and by how much.

import { loopOp, runLoop, ShapeError, show, type DType, type Tensor } from '@rushlight/core';
import { floatType } from './float-operands.ts';
import { hinge } from './hinge.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type Reduction, type ReductionOptions } from './reduction.ts';

/** Options of `marginRankingLoss` and `MarginRankingLoss`. */
export interface MarginRankingLossOptions extends ReductionOptions {
  /** By how much the one shall be larger. Default 0. */
  readonly margin?: number;
}

const op = 'marginRankingLoss';
const marginRanking = loopOp(op, (k, dtype: DType) => {
  const [a, b, target] = [k.input(0).cast(dtype), k.input(1).cast(dtype), k.input(2).cast(dtype)];
  k.perElement(hinge(k.scalar(dtype).sub(target.mul(a.sub(b)))));
});

/**
 * max(0, margin − target·(input1 − input2)): a target of 1 wants the first input to be the larger, one of −1 the second.
 * Averaged over all elements unless the reduction says otherwise; NaN if there are none.
 *
 * All three have the same number of dims and broadcast; integers count as float32. Throws ShapeError where they do not fit,
 * ValueError for an unknown reduction. torch.nn.functional.margin_ranking_loss
 *
 * @example
 * marginRankingLoss(better, worse, ones([3]), { margin: 0.5 }).backward();
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  { margin = 0, reduction }: MarginRankingLossOptions = {},
): Tensor {
  checkReduction(op, reduction);
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    const [a, b, t] = [input1, input2, target].map(({ shape }) => show(shape));
    throw new ShapeError(
      op,
      `the inputs have shapes ${a} and ${b}, the target ${t}. Give them the same number of dims: reshape some of them.`,
    );
  }
  const inputs = [input1, input2, target];
  const loop = marginRanking(inputs, floatType(op, ...inputs));
  return reduce(runLoop(loop, inputs, { scalars: [margin] })[0] as Tensor, reduction);
}

/** `marginRankingLoss` as a module, with the same options. torch.nn.MarginRankingLoss */
export class MarginRankingLoss extends LossModule<Reduction, [input1: Tensor, input2: Tensor, target: Tensor]> {
  /** By how much the one shall be larger. */
  readonly margin: number;

  constructor({ margin = 0, reduction = 'mean' }: MarginRankingLossOptions = {}) {
    super(reduction);
    this.margin = margin;
  }

  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(input1, input2, target, this);
  }
}
