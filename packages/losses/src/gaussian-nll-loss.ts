// The negative log likelihood of numbers whose variance is predicted, too.

import { loopOp, runLoop, scratch, ShapeError, show, ValueError, type DType, type Tensor } from '@rushlight/core';
import { log, maximum, override } from '@rushlight/core/kernel';
import { atPosition } from './at-position.ts';
import { checkFloat, floatType } from './float-operands.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type Reduction, type ReductionOptions } from './reduction.ts';
import { isSameShape } from './same-shape.ts';

/** Options of `gaussianNllLoss` and `GaussianNLLLoss`. */
export interface GaussianNLLLossOptions extends ReductionOptions {
  /** Whether to add ½ ln 2π, which changes no gradient. Default false. */
  readonly full?: boolean;
  /** The least that a variance counts for. Default 1e-6. */
  readonly eps?: number;
}

const op = 'gaussianNllLoss';

/** A check of its own, since a variance may be one of many elements. */
const variances = loopOp(op, (k) => {
  const x = k.input(0);
  k.check('element', x.lt(0), x);
  const least = k.scalar(x.dtype);
  // As in PyTorch, a variance below the least has the gradient that it would have at it.
  k.perElement(override(maximum(x, least), [[x, 1]]));
});

const gaussian = loopOp(op, (k, dtype: DType, isFull: boolean) => {
  const [x, t, variance] = [k.input(0).cast(dtype), k.input(1).cast(dtype), k.input(2).cast(dtype)];
  const loss = log(variance).add(x.sub(t).square().div(variance)).mul(0.5);
  k.perElement(isFull ? loss.add(0.5 * Math.log(2 * Math.PI)) : loss);
});

/**
 * ½·(ln v + (input − target)² / v) + [½ ln 2π if `full`], where v = max(variance, eps). Averaged over all elements unless the
 * reduction says otherwise; NaN if there are none. The gradient of a variance below eps is the one at eps.
 *
 * `input`: the expected values. `target`: of the same shape, or one that broadcasts with it. `variance`: float, ≥ 0, of the shape
 * of the input, or with one for all of its last dim: of size 1 there, or without it. Throws ValueError for a negative variance
 * (named with its position) or an unknown reduction, ShapeError and DTypeError where the tensors do not fit. D. A. Nix and
 * A. S. Weigend, "Estimating the mean and variance of the target probability distribution", 1994.
 * torch.nn.functional.gaussian_nll_loss
 *
 * @example
 * gaussianNllLoss(mean, target, logVariance.exp(), { full: true }).backward();
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  { full = false, eps = 1e-6, reduction }: GaussianNLLLossOptions = {},
): Tensor {
  checkReduction(op, reduction);
  checkFloat(op, 'variance', variance);
  const given = shaped(input, variance);
  return scratch([input, target, variance], () => {
    const [clamped] = runLoop(variances([given]), [given], {
      scalars: [eps],
      explain: ({ value, position }) =>
        new ValueError(
          op,
          `the variance is ${value}${atPosition(position, variance.shape)}. It must be ≥ 0: predict its logarithm and take \`exp()\`.`,
        ),
    });
    const inputs = [input, target, clamped as Tensor];
    const loop = gaussian(inputs, floatType(op, input, target, variance), full);
    return reduce(runLoop(loop, inputs)[0] as Tensor, reduction);
  });
}

/** The variance with as many dims as the input. */
function shaped({ shape }: Tensor, variance: Tensor): Tensor {
  const own = variance.shape;
  const rows = shape.slice(0, -1);
  if (isSameShape(own, shape) || (own.length > 0 && isSameShape(own, [...rows, 1]))) return variance;
  if (isSameShape(own, rows)) return variance.unsqueeze(-1);
  throw new ShapeError(
    op,
    `the input has shape ${show(shape)}, the variance ${show(own)}. Use the shape of the input, or ${show([...rows, 1])} for one variance per row.`,
  );
}

/** `gaussianNllLoss` as a module, with the same options. torch.nn.GaussianNLLLoss */
export class GaussianNLLLoss extends LossModule<Reduction, [input: Tensor, target: Tensor, variance: Tensor]> {
  /** Whether the constant term is added. */
  readonly full: boolean;
  /** The least that a variance counts for. */
  readonly eps: number;

  constructor({ full = false, eps = 1e-6, reduction = 'mean' }: GaussianNLLLossOptions = {}) {
    super(reduction);
    this.full = full;
    this.eps = eps;
  }

  forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNllLoss(input, target, variance, this);
  }
}
