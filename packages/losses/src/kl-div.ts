// The Kullback-Leibler divergence of log-probabilities from a target distribution.

import { letGo, type Tensor } from '@rushlight/core';
import { exp, log, override, select, type Expr } from '@rushlight/core/kernel';
import { LossModule } from './loss-module.ts';
import { pairLoss } from './pair-loss.ts';
import { checkReduction, type Reduction } from './reduction.ts';
import { warnOnce } from './warn-once.ts';

/** Besides what other losses have, `batchmean`: the sum divided by the size of the input's first dim. */
export type KLDivReduction = Reduction | 'batchmean';

/** Options of `klDiv` and `KLDivLoss`. */
export interface KLDivLossOptions {
  /** Default `mean`, which divides by the elements, not by the samples. */
  readonly reduction?: KLDivReduction;
  /** Whether the target holds logarithms too. Default false. */
  readonly logTarget?: boolean;
}

/** t·ln t, which goes to 0 with t. */
function timesLog(t: Expr): Expr {
  const isZero = t.eq(0);
  return override(select(isZero, 0, t.mul(log(t))), [[t, select(isZero, 0, log(t)).add(t.div(t))]]);
}

// A target of one distribution for all samples is nothing to warn of.
const silent = { warns: false };
const ofProbabilities = pairLoss('klDiv', (x, target) => timesLog(target).sub(target.mul(x)), silent);
const ofLogarithms = pairLoss('klDiv', (x, target) => exp(target).mul(target.sub(x)), silent);

const warn = warnOnce();
const meanIsNotBatchmean = (): string =>
  "klDiv: the reduction 'mean' divides by the number of elements. Use 'batchmean' for the divergence of a sample, on average.";

/**
 * target·(ln target − input), 0 where the target is 0; e^target·(target − input) if `logTarget`. The sum of it over the
 * classes is the divergence KL(target ‖ e^input), which `batchmean` averages over the samples; `mean` divides by all elements
 * (with one warning, as that is seldom meant), NaN if there are none.
 *
 * `input`: log-probabilities, float. `target`: probabilities or, with `logTarget`, their logarithms, float, of a shape that
 * broadcasts with the input's. Of a target of 0 there is no gradient: that is NaN, as in PyTorch. Throws DTypeError if neither
 * is a float, ShapeError if the shapes do not broadcast, ValueError for an unknown reduction. torch.nn.functional.kl_div
 *
 * @example
 * klDiv(logits.logSoftmax(1), teacher.softmax(1), { reduction: 'batchmean' }).backward();
 */
export function klDiv(
  input: Tensor,
  target: Tensor,
  { reduction = 'mean', logTarget = false }: KLDivLossOptions = {},
): Tensor {
  checkReduction('klDiv', reduction, ['mean', 'batchmean', 'sum', 'none']);
  const loss = logTarget ? ofLogarithms : ofProbabilities;
  if (reduction !== 'batchmean') {
    const result = loss(input, target, reduction);
    if (reduction === 'mean') warn(meanIsNotBatchmean);
    return result;
  }
  const total = loss(input, target, 'sum');
  const [samples] = input.shape;
  if (samples === undefined) return total;
  const mean = total.div(samples);
  letGo([total]);
  return mean;
}

/** `klDiv` as a module, with the same options. torch.nn.KLDivLoss */
export class KLDivLoss extends LossModule<KLDivReduction> {
  /** Whether targets are logarithms, too. */
  readonly logTarget: boolean;

  constructor({ reduction = 'mean', logTarget = false }: KLDivLossOptions = {}) {
    super(reduction);
    this.logTarget = logTarget;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this);
  }
}
