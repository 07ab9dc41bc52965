// The negative log likelihood of given log-probabilities.

import { loopOp, runLoop, type Tensor } from '@rushlight/core';
import { constant, select } from '@rushlight/core/kernel';
import {
  checkIndices,
  classDim,
  constantWeight,
  explainTarget,
  indexedClass,
  type ClassOptions,
} from './class-target.ts';
import { checkReduction, reduce } from './reduction.ts';

export type NllLossOptions = ClassOptions;

const nllOp = loopOp('NllLoss', (k, weighted: boolean) => {
  const x = k.input(0);
  const target = indexedClass(k, k.input(1), weighted ? k.input(2) : undefined, constant(1, x.dtype));
  k.perRow(select(target.ignored, 0, target.weight.mul(k.sum(select(target.hit, x, 0))).neg()));
  k.perRow(target.weight);
});

/**
 * −w[target]·input[target] for each sample; the mean is Σ loss / Σ w[target] over what is not ignored, NaN if there is nothing.
 *
 * `input`: log-probabilities, float, [C], [N, C] or [N, C, d1, …]. `target`: class indices, int32 or uint8, of that shape
 * without C. Result: a scalar, or the shape of the target for reduction `none`. Throws as `crossEntropy`.
 * torch.nn.functional.nll_loss
 */
export function nllLoss(input: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor {
  const { reduction = 'mean', ignoreIndex = -100 } = options;
  checkReduction('nllLoss', reduction);
  const dim = classDim('nllLoss', input);
  checkIndices('nllLoss', input, target, dim);
  const weight = constantWeight('nllLoss', input, options.weight, dim);
  const classes = input.shape[dim] ?? 0;
  const inputs = [input, target.unsqueeze(dim), ...(weight ? [weight] : [])];
  const [losses, weights] = runLoop(nllOp(inputs, weight !== undefined), inputs, {
    columns: [dim],
    scalars: [ignoreIndex, classes],
    explain: explainTarget('nllLoss', target, classes, ignoreIndex),
  });
  return reduce(losses as Tensor, reduction, weights);
}
