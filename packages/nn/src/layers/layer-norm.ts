import { ones, ShapeError, show, zeros, type Tensor } from '@rushlight/core';
import { layerNorm } from '../functional/layer-norm.ts';
import { ones_, zeros_ } from '../init/fill.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface LayerNormOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Whether a factor and a summand per element are learned. Default true. */
  readonly elementwiseAffine?: boolean;
}

/**
 * (x − mean) / √(variance + ε) · weight + bias, mean and variance taken over the last dims, which have the normalized shape
 * (a number means one dim): from [*, ...normalizedShape] to the same. `weight` starts as ones, `bias` as zeros. Throws
 * ShapeError for an input that does not end in that shape. https://arxiv.org/abs/1607.06450. torch.nn.LayerNorm
 */
export class LayerNorm extends Module<[x: Tensor], Tensor> {
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  readonly elementwiseAffine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    { eps = 1e-5, elementwiseAffine = true, ...options }: LayerNormOptions = {},
  ) {
    super();
    const shape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
    if (shape.length === 0)
      throw new ShapeError('LayerNorm', `the normalized shape is ${show(shape)}. It needs at least one dim.`);
    for (const n of shape) checkCount('LayerNorm', 'normalizedShape', n);
    this.normalizedShape = shape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(shape, options)) : null;
    this.bias = elementwiseAffine ? new Parameter(zeros(shape, options)) : null;
  }

  /** Sets the weight to ones and the bias to zeros. */
  resetParameters(): void {
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.normalizedShape, this);
  }

  override extraRepr(): string {
    const { normalizedShape, eps, elementwiseAffine } = this;
    return `[${normalizedShape.join(', ')}], ${reprOptions({ eps, elementwiseAffine })}`;
  }
}
