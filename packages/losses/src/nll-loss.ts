// The negative log likelihood of given log-probabilities.

import { autocasting, loopOp, type Tensor } from '@rushlight/core';
import { select } from '@rushlight/core/kernel';
import { checkIndices, indexedClass, lossOfIndices, type ClassOptions } from './class-target.ts';
import { checkReduction } from './reduction.ts';
import { WeightedLoss } from './weighted-loss.ts';

/** Options of `nllLoss` and `NLLLoss`. */
export type NLLLossOptions = ClassOptions;

const nllOp = loopOp('nllLoss', (k) => {
  const { hit, ignored, weight } = indexedClass(k, k.inputs[2]);
  const x = k.sum(select(hit, k.input(0), 0));
  k.perRow(select(ignored, 0, weight.mul(x).neg()));
  k.perRow(weight);
});

/**
 * −w[target]·input[target] for each sample; the mean is Σ loss / Σ w[target] over what is not ignored, NaN if there is nothing.
 *
 * `input`: log-probabilities, float, [C], [N, C] or [N, C, d1, …]. `target`: class indices, int32 or uint8, of that shape
 * without C. Result: a scalar, or the shape of the target for reduction `none`. Throws as `crossEntropy`.
 * torch.nn.functional.nll_loss
 */
export function nllLoss(input: Tensor, target: Tensor, options: NLLLossOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('nllLoss', nllLoss, [input, target, options]);
  checkReduction('nllLoss', options.reduction);
  checkIndices('nllLoss', input, target);
  return lossOfIndices('nllLoss', nllOp, [input, target], options);
}

/** `nllLoss` as a module, with the same options. Its `weight` is a buffer. torch.nn.NLLLoss */
export class NLLLoss extends WeightedLoss {
  forward(input: Tensor, target: Tensor): Tensor {
    return nllLoss(input, target, this);
  }
}
