// The negative log likelihood of counts.

import { loopOp, runLoop, type DType, type Tensor } from '@rushlight/core';
import { exp, log, select, type Expr } from '@rushlight/core/kernel';
import { floatType } from './float-operands.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type ReductionOptions } from './reduction.ts';

/** Options of `poissonNllLoss` and `PoissonNLLLoss`. */
export interface PoissonNLLLossOptions extends ReductionOptions {
  /** Whether the input is the logarithm of the rate. Default true. */
  readonly logInput?: boolean;
  /** Whether to add Stirling's approximation of ln target!, which the input has no part in. Default false. */
  readonly full?: boolean;
  /** What is added to a rate before its logarithm is taken. Default 1e-8. */
  readonly eps?: number;
}

const op = 'poissonNllLoss';

/** t·ln t − t + ½ ln 2πt, for counts above 1. */
function logFactorial(t: Expr): Expr {
  const half = log(t.mul(2 * Math.PI)).mul(0.5);
  return select(t.le(1), 0, t.mul(log(t)).sub(t).add(half));
}

const poisson = loopOp(op, (k, dtype: DType, isLog: boolean, isFull: boolean) => {
  const [x, t] = [k.input(0).cast(dtype), k.input(1).cast(dtype)];
  const loss = isLog ? exp(x).sub(t.mul(x)) : x.sub(t.mul(log(x.add(k.scalar(dtype)))));
  k.perElement(isFull ? loss.add(logFactorial(t)) : loss);
});

/**
 * e^input − target·input, or input − target·ln(input + eps) unless `logInput`; `full` adds target·ln target − target +
 * ½ ln(2π·target) where the target is above 1. Averaged over all elements unless the reduction says otherwise; NaN if there
 * are none.
 *
 * `input`: the rate or its logarithm. `target`: counts. The two broadcast; integers count as float32. Throws ShapeError if the
 * shapes do not broadcast, ValueError for an unknown reduction. torch.nn.functional.poisson_nll_loss
 *
 * @example
 * poissonNllLoss(model(x), tensor([0, 3, 1])).backward();
 */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  { logInput = true, full = false, eps = 1e-8, reduction }: PoissonNLLLossOptions = {},
): Tensor {
  checkReduction(op, reduction);
  const inputs = [input, target];
  const loop = poisson(inputs, floatType(op, input, target), logInput, full);
  const [losses] = runLoop(loop, inputs, { scalars: logInput ? [] : [eps] });
  return reduce(losses as Tensor, reduction);
}

/** `poissonNllLoss` as a module, with the same options. torch.nn.PoissonNLLLoss */
export class PoissonNLLLoss extends LossModule {
  /** Whether the input is the logarithm of the rate. */
  readonly logInput: boolean;
  /** Whether Stirling's approximation is added. */
  readonly full: boolean;
  readonly eps: number;

  constructor({ logInput = true, full = false, eps = 1e-8, reduction = 'mean' }: PoissonNLLLossOptions = {}) {
    super(reduction);
    this.logInput = logInput;
    this.full = full;
    this.eps = eps;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return poissonNllLoss(input, target, this);
  }
}
