// Binary cross-entropy of given probabilities. Logits had better go to binary-cross-entropy-with-logits.ts.

import { autocasting, DTypeError, loopOp, runLoop, ValueError, type Tensor } from '@rushlight/core';
import { constant, log, log1p, maximum, override, type Expr } from '@rushlight/core/kernel';
import { atPosition } from './at-position.ts';
import { checkFactor, checkPair } from './binary-target.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type ReductionOptions } from './reduction.ts';

/** Options of `binaryCrossEntropy` and `BCELoss`. */
export interface BCELossOptions extends ReductionOptions {
  /** A factor for each element, of a shape that broadcasts to the input's. */
  readonly weight?: Tensor | null | undefined;
}

const op = 'binaryCrossEntropy';
/** What keeps quotients finite at probabilities of 0 and 1. */
const eps = 1e-12;

/** (x − t) / x(1 − x), and its own derivative without the differences that would cancel. */
function slope(x: Expr, t: Expr): Expr {
  const rest = constant(1, x.dtype).sub(x);
  const product = maximum(x.mul(rest), eps);
  const curvature = x
    .square()
    .sub(x.mul(t).mul(2))
    .add(t)
    .div(x.add(eps).mul(rest.add(eps)).square());
  return override(x.sub(t).div(product), [
    [x, curvature],
    [t, constant(-1, x.dtype).div(product)],
  ]);
}

const bceOp = loopOp(op, (k) => {
  const [x, t] = [k.input(0), k.input(1)];
  k.check('element', x.ge(0).and(x.le(1)).not(), x);
  const [no, yes] = [log1p(x.neg()), log(x)];
  const loss = override(
    t
      .sub(1)
      .mul(maximum(no, -100))
      .sub(t.mul(maximum(yes, -100))),
    [
      [x, slope(x, t)],
      [t, no.sub(yes)],
    ],
  );
  const weight = k.inputs[2];
  k.perElement(weight ? loss.mul(weight.cast(x.dtype)) : loss);
});

/**
 * −w·(target·ln input + (1 − target)·ln(1 − input)), averaged over all elements unless the reduction says otherwise; NaN if there
 * are none. No logarithm counts for less than −100, and the gradient divides by no less than 1e-12, so that certain mistakes
 * cost much but not infinitely much.
 *
 * `input`: probabilities in [0, 1], float. `target`: the same shape and dtype, in [0, 1]. Throws ValueError for an input outside
 * [0, 1] or NaN (named with its position) or an unknown reduction, ShapeError and DTypeError where the tensors do not fit.
 * torch.nn.functional.binary_cross_entropy
 *
 * @example
 * binaryCrossEntropy(scores.sigmoid(), tensor([1, 0, 1])).backward();
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, { weight, reduction }: BCELossOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('binaryCrossEntropy', binaryCrossEntropy, [input, target]);
  checkReduction(op, reduction);
  checkPair(op, input, target);
  if (input.dtype !== target.dtype) {
    throw new DTypeError(
      op,
      `the input is ${input.dtype}, the target ${target.dtype}. They must be equal: convert with \`.to('${input.dtype}')\`.`,
    );
  }
  checkFactor(op, 'weight', weight, input);
  const inputs = weight ? [input, target, weight] : [input, target];
  const [losses] = runLoop(bceOp(inputs), inputs, {
    explain: ({ value, position }) =>
      new ValueError(
        op,
        `the input is ${value}${atPosition(position, input.shape)}. Probabilities lie in [0, 1]: apply \`sigmoid()\` first, or use binaryCrossEntropyWithLogits.`,
      ),
  });
  return reduce(losses as Tensor, reduction);
}

/** `binaryCrossEntropy` as a module, with the same options. Its `weight` is a buffer. torch.nn.BCELoss */
export class BCELoss extends LossModule {
  /** A factor for each loss. */
  declare readonly weight: Tensor | null;

  constructor({ weight = null, reduction = 'mean' }: BCELossOptions = {}) {
    super(reduction);
    this.registerBuffer('weight', weight);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, this);
  }
}
