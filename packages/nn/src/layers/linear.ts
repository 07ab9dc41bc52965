import { empty, linear, type Tensor } from '@rushlight/core';
import { resetLikeLinear } from '../init/reset-like-linear.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface LinearOptions extends LayerOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * x Wᵀ + b: from [*, inFeatures] to [*, outFeatures]. `weight` is [outFeatures, inFeatures], it and `bias` are drawn from
 * ±1/√inFeatures. torch.nn.Linear
 */
export class Linear extends Module<[x: Tensor], Tensor> {
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, { bias = true, ...options }: LinearOptions = {}) {
    super();
    checkCount('Linear', 'inFeatures', inFeatures);
    checkCount('Linear', 'outFeatures', outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, inFeatures], options));
    this.bias = bias ? new Parameter(empty([outFeatures], options)) : null;
    this.resetParameters();
  }

  /** Draws the parameters anew. */
  resetParameters(): void {
    resetLikeLinear(this.weight, this.bias);
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias ? { bias: this.bias } : {});
  }

  override extraRepr(): string {
    const { inFeatures, outFeatures, bias } = this;
    return reprOptions({ inFeatures, outFeatures, bias: bias !== null });
  }
}
