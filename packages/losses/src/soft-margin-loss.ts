// The logistic loss of targets that are −1 and 1.

import { autocasting, loopOp, runLoop, type Tensor } from '@rushlight/core';
import { checkFactor } from './binary-target.ts';
import { checkFloat, refuseGrad } from './float-operands.ts';
import { logisticCosts } from './logistic-costs.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type ReductionOptions } from './reduction.ts';

/** Options of `softMarginLoss` and `SoftMarginLoss`. */
export type SoftMarginLossOptions = ReductionOptions;

const op = 'softMarginLoss';
const softMargin = loopOp(op, (k) => {
  const x = k.input(0);
  k.perElement(logisticCosts(x.mul(k.input(1).cast(x.dtype))).costOfNo);
});

/**
 * ln(1 + e^(−target·input)), averaged over all elements unless the reduction says otherwise; NaN if there are none. Finite with
 * its gradient for every finite product, where PyTorch's overflows below −88.
 *
 * `input`: float, any shape. `target`: −1 or 1, of a shape that broadcasts to the input's; it has no gradient. Throws
 * DTypeError or ShapeError where these do not fit, AutogradError for a target that requires grad, ValueError for an unknown
 * reduction. torch.nn.functional.soft_margin_loss
 *
 * @example
 * softMarginLoss(scores, tensor([1, -1, 1])).backward();
 */
export function softMarginLoss(input: Tensor, target: Tensor, { reduction }: SoftMarginLossOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('softMarginLoss', softMarginLoss, [input, target, { ...(reduction && { reduction }) }]);
  checkReduction(op, reduction);
  checkFloat(op, 'input', input);
  checkFactor(op, 'target', target, input);
  refuseGrad(op, 'target', target);
  const inputs = [input, target];
  return reduce(runLoop(softMargin(inputs), inputs)[0] as Tensor, reduction);
}

/** `softMarginLoss` as a module, with the same options. torch.nn.SoftMarginLoss */
export class SoftMarginLoss extends LossModule {
  constructor({ reduction = 'mean' }: SoftMarginLossOptions = {}) {
    super(reduction);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, this);
  }
}
