import { ones, ShapeError, show, type Tensor } from '@rushlight/core';
import { rmsNorm } from '../functional/rms-norm.ts';
import { ones_ } from '../init/fill.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface RMSNormOptions extends LayerOptions {
  /** Added to the mean of the squares. Default null: the distance from 1 to the next number of the dtype. */
  readonly eps?: number | null;
  /** Whether a factor per element is learned. Default true. */
  readonly elementwiseAffine?: boolean;
}

/**
 * x / √(mean of x² + ε) · weight, the mean taken over the last dims, which have the normalized shape (a number means one dim):
 * from [*, ...normalizedShape] to the same. `weight` starts as ones. Throws ShapeError for an input that does not end in that
 * shape. https://arxiv.org/abs/1910.07467. torch.nn.RMSNorm (PyTorch 2)
 */
export class RMSNorm extends Module<[x: Tensor], Tensor> {
  readonly normalizedShape: readonly number[];
  readonly eps: number | null;
  readonly elementwiseAffine: boolean;
  weight: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    { eps = null, elementwiseAffine = true, ...options }: RMSNormOptions = {},
  ) {
    super();
    const shape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
    if (shape.length === 0)
      throw new ShapeError('RMSNorm', `the normalized shape is ${show(shape)}. It needs at least one dim.`);
    for (const n of shape) checkCount('RMSNorm', 'normalizedShape', n);
    this.normalizedShape = shape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(shape, options)) : null;
  }

  /** Sets the weight to ones. */
  resetParameters(): void {
    if (this.weight) ones_(this.weight);
  }

  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.normalizedShape, this);
  }

  override extraRepr(): string {
    const { normalizedShape, eps, elementwiseAffine } = this;
    return `[${normalizedShape.join(', ')}], ${reprOptions({ eps, elementwiseAffine })}`;
  }
}
