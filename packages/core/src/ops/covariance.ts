// How variables vary together: rows are variables, columns observations of them.

import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { freeInternal } from '../dispatch.ts';
import { isFloat } from '../kernel/index.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';
import { mm } from './matrix-products.ts';
import { scratch } from './scratch.ts';
import { diag } from './triangle.ts';

export interface CovOptions {
  /** Divide by how many observations there are less this. Default 1. */
  readonly correction?: number;
  /** How often each observation was made (int32). */
  readonly fweights?: Tensor;
  /** How much each observation counts (floats). */
  readonly aweights?: Tensor;
}

const refusalOp = loopOp('cov', (k, zero: boolean) => {
  const x = k.input(0);
  k.check('element', zero ? x.eq(0) : x.lt(0), x);
  k.perElement(x);
});

/** Fails if any element is below 0, or is 0: at once, or at the next await. */
function refuse(x: Tensor, zero: boolean, message: string): void {
  const inputs = [x.detach()];
  const explain = (): ValueError => new ValueError('cov', message);
  const [copied] = runLoop(refusalOp(inputs, zero), inputs, { explain });
  if (copied) freeInternal(copied.storage);
}

function checkWeights(name: string, weights: Tensor | undefined, observations: number, floats: boolean): void {
  if (!weights) return;
  if (weights.shape.length > 1) throw new ShapeError('cov', `${name} have shape ${show(weights.shape)}. Give a list.`);
  if (isFloat(weights.dtype) !== floats || weights.dtype === 'bool')
    throw new DTypeError('cov', `${name} are ${weights.dtype}. They must be ${floats ? 'floats' : 'whole numbers'}.`);
  if (weights.numel() !== observations)
    throw new ShapeError(
      'cov',
      `there are ${weights.numel()} ${name} for ${observations} observations. Give one for each.`,
    );
  refuse(weights, false, `${name} are negative. Use numbers from 0 on.`);
}

/**
 * The covariances [n, n] of n variables x [n, observations]; of one variable, a list, its variance. With w the products of
 * fweights and aweights, Σw(x − mean)(y − mean) / (Σw − correction·Σw·aweights/Σw), or / (Σw − correction) without aweights.
 * Where that is not positive the result is infinite or NaN. Throws ShapeError for more than 2 dims, DTypeError for bool and
 * for weights of the wrong kind, ValueError for negative weights and ones that sum to 0. torch.cov
 */
export function cov(x: Tensor, { correction = 1, fweights, aweights }: CovOptions = {}): Tensor {
  checkOperands('cov', [x, ...(fweights ? [fweights] : []), ...(aweights ? [aweights] : [])]);
  if (x.shape.length > 2)
    throw new ShapeError('cov', `it takes variables [n, observations], not ${show(x.shape)}. Flatten some dims.`);
  if (x.dtype === 'bool') throw new DTypeError('cov', "it is not defined for bool. Convert with `.to('float32')`.");
  const table = x.shape.length < 2 ? x.reshape([1, x.numel()]) : x;
  const observations = table.shape[1] ?? 0;
  checkWeights('fweights', fweights, observations, false);
  checkWeights('aweights', aweights, observations, true);
  const inputs = [x, ...(fweights ? [fweights] : []), ...(aweights ? [aweights] : [])];
  return scratch(inputs, () => {
    const weights = fweights && aweights ? fweights.mul(aweights) : (aweights ?? fweights);
    const total = weights?.sum();
    if (total) refuse(total, true, 'the weights sum to 0. Give one observation at least some weight.');
    const mean = (weights ? table.mul(weights) : table).sum(1).div(total ?? observations);
    const centred = table.sub(mean.unsqueeze(1));
    const products = mm(centred, (weights ? centred.mul(weights) : centred).t());
    if (!weights || !total) return products.div(Math.max(0, observations - correction)).squeeze();
    const lost = aweights && correction !== 0 ? weights.mul(aweights).sum().mul(correction).div(total) : correction;
    return products.div(total.sub(lost).clamp({ min: 0 })).squeeze();
  });
}

/**
 * The correlations [n, n] of n variables x [n, observations], covariances over both standard deviations, from −1 to 1; of one
 * variable 1. NaN where one does not vary. Throws as `cov`. torch.corrcoef
 */
export function corrcoef(x: Tensor): Tensor {
  return scratch([x], () => {
    const c = cov(x);
    if (c.shape.length === 0) return c.div(c);
    const deviation = diag(c).sqrt();
    return c.div(deviation.unsqueeze(1)).div(deviation).clamp({ min: -1, max: 1 });
  });
}
