// Cross-entropy between logits and classes: one fused loop forward, one backward over the logits, which besides them
// keeps a handful of numbers per row.

import {
  DTypeError,
  isFloat,
  loopOp,
  resultType,
  runLoop,
  show,
  ValueError,
  type LoopBuilder,
  type Tensor,
} from '@rushlight/core';
import { constant, detach, exp, log, override, select, type Expr } from '@rushlight/core/kernel';
import {
  checkIndices, classDim, classWeight, constantWeight, explainTarget, indexedClass, type ClassOptions,
} from './class-target.ts'; // prettier-ignore
import { checkReduction, reduce } from './reduction.ts';

export interface CrossEntropyOptions extends ClassOptions {
  /** How much of each target, in [0, 1], is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number;
}

/** z = x − max x, which changes no difference of logits, and ln Σ e^z: so −ln p = ln Σ e^z − z, a sum of numbers ≥ 0. */
function shifted(k: LoopBuilder, x: Expr): { z: Expr; logSum: Expr } {
  const z = x.sub(detach(k.max(x)));
  return { z, logSum: log(k.sum(exp(z))) };
}

const indicesOp = loopOp('CrossEntropy', (k, weighted: boolean, smoothed: boolean) => {
  const x = k.input(0);
  const one = constant(1, x.dtype);
  const weight = weighted ? k.input(2) : undefined;
  const target = indexedClass(k, k.input(1), weight, one);
  const { z, logSum } = shifted(k, x);
  let loss = target.weight.mul(logSum.sub(k.sum(select(target.hit, z, 0))));
  if (smoothed) {
    const evenly = k
      .sum(weight ?? one)
      .mul(logSum)
      .sub(k.sum(weight ? weight.mul(z) : z));
    loss = loss.mul(k.scalar(x.dtype)).add(select(target.ignored, 0, k.scalar(x.dtype)).mul(evenly));
  }
  // The loss of an ignored row is 0 whatever its logits; its gradient is 0 times their softmax, NaN where that is, as in PyTorch.
  k.perRow(override(select(target.ignored, 0, loss), [[loss, 1]]));
  k.perRow(target.weight);
});

const probabilitiesOp = loopOp('CrossEntropy', (k, weighted: boolean, smoothed: boolean) => {
  const x = k.input(0);
  let share = k.input(1);
  if (smoothed) share = share.mul(k.scalar(x.dtype)).add(k.scalar(x.dtype));
  if (weighted) share = share.mul(k.input(2));
  const { z, logSum } = shifted(k, x);
  k.perRow(
    k
      .sum(share)
      .mul(logSum)
      .sub(k.sum(share.mul(z))),
  );
});

/**
 * −Σ_c w_c q_c ln softmax(input)_c for each sample, where q is 1 at the target's class and 0 elsewhere, or the target itself
 * if it holds probabilities; label smoothing ε makes it (1 − ε)·q + ε/C. The mean is Σ loss / Σ w[target] over what is not
 * ignored, or Σ loss / samples for probabilities; NaN if there is nothing. Finite for every finite input.
 *
 * `input`: logits, float, [C], [N, C] or [N, C, d1, …]. `target`: class indices, int32 or uint8, of that shape without C; or
 * probabilities, float, of the same shape. Result: a scalar, or the shape of the target without C for reduction `none`.
 *
 * Throws ShapeError or DTypeError where these do not fit, ValueError for a class out of range (named with its position), an
 * ignoreIndex ≥ 0 with probabilities, a labelSmoothing outside [0, 1] or an unknown reduction. torch.nn.functional.cross_entropy
 *
 * @example
 * const logits = randn([3, 5], { requiresGrad: true });
 * crossEntropy(logits, tensor([1, 0, 4], { dtype: 'int32' }), { labelSmoothing: 0.1 }).backward();
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0 } = options;
  checkReduction('crossEntropy', reduction);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ValueError('crossEntropy', `labelSmoothing is ${labelSmoothing}. It must lie in [0, 1].`);
  }
  const dim = classDim('crossEntropy', input);
  const numbers = labelSmoothing > 0 ? [1 - labelSmoothing, labelSmoothing / (input.shape[dim] ?? 1)] : [];
  if (show(target.shape) === show(input.shape)) {
    checkProbabilities(input, target, dim, ignoreIndex);
    const dtype = resultType(input, target, ...(options.weight ? [options.weight] : []));
    const logits = input.to(dtype);
    const weight = classWeight('crossEntropy', logits, options.weight?.to(dtype), dim);
    const inputs = [logits, target.to(dtype), ...(weight ? [weight] : [])];
    const op = probabilitiesOp(inputs, weight !== undefined, labelSmoothing > 0);
    return reduce(runLoop(op, inputs, { columns: [dim], scalars: numbers })[0] as Tensor, reduction);
  }
  checkIndices('crossEntropy', input, target, dim, `, probabilities ${show(input.shape)}`);
  const weight = constantWeight('crossEntropy', input, options.weight, dim);
  const inputs = [input, target.unsqueeze(dim), ...(weight ? [weight] : [])];
  const [losses, weights] = runLoop(indicesOp(inputs, weight !== undefined, labelSmoothing > 0), inputs, {
    columns: [dim],
    scalars: [ignoreIndex, input.shape[dim] ?? 0, ...numbers],
    explain: explainTarget('crossEntropy', target, input.shape[dim] ?? 0, ignoreIndex),
  });
  return reduce(losses as Tensor, reduction, weights);
}

function checkProbabilities(input: Tensor, target: Tensor, dim: number, ignoreIndex: number): void {
  if (!isFloat(target.dtype)) {
    throw new DTypeError(
      'crossEntropy',
      `the target has the shape ${show(target.shape)} of the input, so it holds probabilities, but is ${target.dtype}. ` +
        `Convert it with \`.to('${input.dtype}')\`, or give class indices of shape ${show(input.shape.toSpliced(dim, 1))}.`,
    );
  }
  if (ignoreIndex >= 0) {
    throw new ValueError(
      'crossEntropy',
      `ignoreIndex is ${ignoreIndex}, but the target is ${target.dtype} and holds probabilities, which name no class. Leave it out, or give class indices.`,
    );
  }
}
