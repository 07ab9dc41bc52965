// Binary cross-entropy of logits, finite however large they are.

import { computeIn, loopOp, resultType, runLoop, type DType, type Tensor } from '@rushlight/core';
import { constant, maximum, override } from '@rushlight/core/kernel';
import { checkFactor, checkPair } from './binary-target.ts';
import { logisticCosts } from './logistic-costs.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type ReductionOptions } from './reduction.ts';

/** Options of `binaryCrossEntropyWithLogits` and `BCEWithLogitsLoss`. */
export interface BCEWithLogitsLossOptions extends ReductionOptions {
  /** A factor for each element, of a shape that broadcasts to the input's. */
  readonly weight?: Tensor | null | undefined;
  /** A factor for what is positive, which trades recall for precision; of a shape that broadcasts to the input's. */
  readonly posWeight?: Tensor | null | undefined;
}

const op = 'binaryCrossEntropyWithLogits';

const logitsOp = loopOp(op, (k, dtype: DType, hasWeight: boolean, hasPosWeight: boolean) => {
  const [x, t] = [k.input(0).cast(dtype), k.input(1).cast(dtype)];
  const posWeight = hasPosWeight ? k.input(hasWeight ? 3 : 2).cast(dtype) : undefined;
  const { yes, no, tail, costOfYes, costOfNo } = logisticCosts(x);
  const rest = constant(1, dtype).sub(t);
  const positives = posWeight ? t.mul(posWeight) : t;
  const value = posWeight
    ? rest.mul(x).add(posWeight.sub(1).mul(t).add(1).mul(costOfNo))
    : rest.mul(x).add(maximum(x.neg(), 0)).add(tail);
  const loss = override(value, [
    [x, rest.mul(yes).sub(positives.mul(no))],
    [t, posWeight ? posWeight.mul(costOfNo).sub(costOfYes) : x.neg()],
    ...(posWeight ? [[posWeight, t.mul(costOfNo)] as const] : []),
  ]);
  k.perElement(hasWeight ? loss.mul(k.input(2).cast(dtype)) : loss);
});

/**
 * −w·(p·target·ln σ(input) + (1 − target)·ln(1 − σ(input))), where σ(x) = 1 / (1 + e^−x) and p is `posWeight`: `binaryCrossEntropy`
 * of `input.sigmoid()`, but finite with its gradient for every finite input. Averaged over all elements unless the reduction
 * says otherwise; NaN if there are none.
 *
 * `input`: logits, float. `target`: of the same shape, float, in [0, 1]. Throws ShapeError and DTypeError where the tensors do
 * not fit, ValueError for an unknown reduction. torch.nn.functional.binary_cross_entropy_with_logits
 *
 * @example
 * binaryCrossEntropyWithLogits(scores, tensor([1, 0, 1]), { posWeight: tensor(2) }).backward();
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  { weight, posWeight, reduction }: BCEWithLogitsLossOptions = {},
): Tensor {
  checkReduction(op, reduction);
  checkPair(op, input, target);
  checkFactor(op, 'weight', weight, input);
  checkFactor(op, 'posWeight', posWeight, input);
  const inputs = [input, target, ...(weight ? [weight] : []), ...(posWeight ? [posWeight] : [])];
  const loop = logitsOp(inputs, computeIn(op, resultType(input, target)), Boolean(weight), Boolean(posWeight));
  return reduce(runLoop(loop, inputs)[0] as Tensor, reduction);
}

/**
 * `binaryCrossEntropyWithLogits` as a module, with the same options. Its weights are buffers, `pos_weight` the name of the second in
 * a state dict. torch.nn.BCEWithLogitsLoss
 */
export class BCEWithLogitsLoss extends LossModule {
  /** A factor for each loss. */
  declare readonly weight: Tensor | null;
  /** A factor for what positive targets cost, under its name in a state dict. */
  declare readonly pos_weight: Tensor | null;

  constructor({ weight = null, posWeight = null, reduction = 'mean' }: BCEWithLogitsLossOptions = {}) {
    super(reduction);
    this.registerBuffer('weight', weight);
    this.registerBuffer('pos_weight', posWeight);
  }

  /** The factor for what is positive. */
  get posWeight(): Tensor | null {
    return this.pos_weight;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropyWithLogits(input, target, this);
  }
}
