// What is learnt: the mean loss of a batch, and over what it is the mean.

import { isTensor, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';

/** A mean, and what it is the mean over, so that means of batches make that of an epoch. */
export interface WeightedLoss {
  /** 0-dim: Σ weight·loss / Σ weight over the batch. */
  readonly loss: Tensor;
  /** Σ weight: a number, or a tensor of one element, which is read with the loss. Where it is 0 the loss counts for nothing. */
  readonly weight: Tensor | number;
}

/**
 * The mean loss of a batch, 0-dim. Batches weigh as much in the mean of an epoch as they have samples. Where a loss is the mean over
 * something else, say so by giving both: with class weights that is the sum of the targets' weights, with `ignoreIndex` the number of
 * targets that are not ignored. Gradients do not depend on it.
 *
 * @example
 * const weight = tensor([1, 5]);
 * const criterion: Criterion = (output, target) => ({
 *   loss: nn.functional.crossEntropy(output, target, { weight }),
 *   weight: weight.indexSelect(0, target).sum(),
 * });
 */
export type Criterion = (output: Tensor, target: Tensor) => Tensor | WeightedLoss;

/** Samples lie along the first dim. */
export const sizeOf = (input: Tensor): number => input.shape[0] ?? 1;

/** What a criterion gave: its loss and, if told, its weight. Throws TypeError, or ShapeError where either is not one number. */
export function weighed(op: string, result: Tensor | WeightedLoss): { loss: Tensor; weight?: Tensor | number } {
  const { loss, weight } = isTensor(result) ? { loss: result, weight: undefined } : (result ?? {});
  if (!isTensor(loss) || (!isTensor(weight) && weight !== undefined && typeof weight !== 'number')) {
    throw new TypeError(`${op}: the criterion gave no loss. Let it return a tensor, or { loss, weight }.`);
  }
  if (loss.shape.length > 0) {
    throw new ShapeError(op, `the criterion gave a loss of shape ${show(loss.shape)}. It must be one number: take its mean.`);
  } // prettier-ignore
  if (isTensor(weight) && weight.numel() !== 1) {
    throw new ShapeError(op, `the criterion gave a weight of shape ${show(weight.shape)}. It must be one number: take its sum.`);
  } // prettier-ignore
  if (typeof weight === 'number' && !(weight >= 0 && weight < Infinity)) {
    throw new ValueError(op, `the criterion gave the weight ${weight}. It must be finite and ≥ 0.`);
  }
  return weight === undefined ? { loss } : { loss, weight };
}
