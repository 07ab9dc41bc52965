// Each class a yes or a no of its own, averaged over the classes.

import { computeIn, loopOp, resultType, runLoop, ShapeError, type DType, type Tensor } from '@rushlight/core';
import { constant } from '@rushlight/core/kernel';
import { checkFloat } from './float-operands.ts';
import { logisticCosts } from './logistic-costs.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type ReductionOptions } from './reduction.ts';

/** Options of `multilabelSoftMarginLoss` and `MultiLabelSoftMarginLoss`. */
export interface MultiLabelSoftMarginLossOptions extends ReductionOptions {
  /** A factor for each class, [C]; or of any shape that broadcasts with the input's. */
  readonly weight?: Tensor | null | undefined;
}

const op = 'multilabelSoftMarginLoss';

const softMargin = loopOp(op, (k, dtype: DType) => {
  const [x, t] = [k.input(0).cast(dtype), k.input(1).cast(dtype)];
  const { costOfYes, costOfNo } = logisticCosts(x);
  const cost = t.mul(costOfNo).add(constant(1, dtype).sub(t).mul(costOfYes));
  const weight = k.inputs[2];
  k.perRow(k.sum(weight ? cost.mul(weight.cast(dtype)) : cost).div(k.scalar(dtype)));
});

/**
 * −Σ_c w_c·(target_c·ln σ(input_c) + (1 − target_c)·ln(1 − σ(input_c))) / C for each sample, where σ(x) = 1 / (1 + e^−x).
 * Averaged over the samples unless the reduction says otherwise; NaN if there are none. Finite for every finite input.
 *
 * `input`: logits, float, [*, C]. `target`: 1 for the classes that a sample is of and 0 for the others, of the shape of the
 * input; the two broadcast. Result: a scalar, or [*] for reduction `none`. Throws ShapeError or DTypeError where these do not
 * fit, ValueError for an unknown reduction. torch.nn.functional.multilabel_soft_margin_loss
 *
 * @example
 * multilabelSoftMarginLoss(randn([2, 3]), tensor([[1, 0, 1], [0, 0, 1]]));
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  { weight, reduction }: MultiLabelSoftMarginLossOptions = {},
): Tensor {
  checkReduction(op, reduction);
  checkFloat(op, 'input', input);
  const classes = input.shape.at(-1);
  if (classes === undefined) throw new ShapeError(op, 'the input has no dims. Use [C], [N, C] or [*, C].');
  const inputs = weight ? [input, target, weight] : [input, target];
  const loop = softMargin(inputs, computeIn(op, resultType(...inputs)));
  const [losses] = runLoop(loop, inputs, { columns: [input.ndim - 1], scalars: [classes] });
  return reduce(losses as Tensor, reduction);
}

/**
 * `multilabelSoftMarginLoss` as a module, with the same options. Its `weight` is a buffer.
 * torch.nn.MultiLabelSoftMarginLoss
 */
export class MultiLabelSoftMarginLoss extends LossModule {
  /** A factor for each class. */
  declare readonly weight: Tensor | null;

  constructor({ weight = null, reduction = 'mean' }: MultiLabelSoftMarginLossOptions = {}) {
    super(reduction);
    this.registerBuffer('weight', weight);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, this);
  }
}
