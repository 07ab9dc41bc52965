// Cross-entropy between logits and classes: one fused loop forward. With probabilities there is one more backward over the
// logits, which besides them keeps a handful of numbers per row; with indices see index-cross-entropy.ts.

import {
  autocasting,
  DTypeError,
  isFloat,
  loopOp,
  resultType,
  runLoop,
  show,
  ValueError,
  type Tensor,
} from '@rushlight/core';
import { checkIndices, classDim, classWeight, type ClassOptions } from './class-target.ts';
import { crossEntropyOfIndices } from './index-cross-entropy.ts';
import { checkReduction, reduce } from './reduction.ts';
import { isSameShape } from './same-shape.ts';
import { shifted } from './shifted.ts';
import { WeightedLoss } from './weighted-loss.ts';

/** Options of `crossEntropy` and `CrossEntropyLoss`. */
export interface CrossEntropyOptions extends ClassOptions {
  /** How much of each target, in [0, 1], is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number;
}

const probabilitiesOp = loopOp('crossEntropy', (k, smoothed: boolean) => {
  const [x, target] = [k.input(0), k.input(1)];
  const weights = k.inputs[2];
  const q = smoothed ? target.mul(k.scalar(x.dtype)).add(k.scalar(x.dtype)) : target;
  const share = weights ? q.mul(weights) : q;
  const { z, logSum } = shifted(k, x);
  const total = k.sum(share);
  k.perRow(total.mul(logSum).sub(k.sum(share.mul(z))));
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
  const mode = autocasting();
  if (mode) return mode.run('crossEntropy', crossEntropy, [input, target, options]);
  const { weight, reduction, ignoreIndex = -100, labelSmoothing = 0 } = options;
  checkReduction('crossEntropy', reduction);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ValueError('crossEntropy', `labelSmoothing is ${labelSmoothing}. It must lie in [0, 1].`);
  }
  const smoothed = labelSmoothing > 0;
  const dim = classDim('crossEntropy', input);
  const classes = input.shape[dim] ?? 1;
  const shares = smoothed ? [1 - labelSmoothing, labelSmoothing / classes] : [];
  if (!isSameShape(target.shape, input.shape)) {
    checkIndices('crossEntropy', input, target, `, probabilities ${show(input.shape)}`);
    return crossEntropyOfIndices(input, target, options, smoothed ? [...shares, classes] : []);
  }
  checkProbabilities(input, target, dim, ignoreIndex);
  const dtype = resultType(input, target, ...(weight ? [weight] : []));
  const [x, q] = [input.to(dtype), target.to(dtype)];
  const inputs = weight ? [x, q, classWeight('crossEntropy', x, weight.to(dtype), dim)] : [x, q];
  const [losses] = runLoop(probabilitiesOp(inputs, smoothed), inputs, { columns: [dim], scalars: shares });
  return reduce(losses as Tensor, reduction);
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

/** `crossEntropy` as a module, with the same options. Its `weight` is a buffer. torch.nn.CrossEntropyLoss */
export class CrossEntropyLoss extends WeightedLoss {
  /** The share of each target that is spread over all classes. */
  readonly labelSmoothing: number;

  constructor({ labelSmoothing = 0, ...options }: CrossEntropyOptions = {}) {
    super(options);
    this.labelSmoothing = labelSmoothing;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, this);
  }
}
