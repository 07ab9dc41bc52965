import { empty, type Tensor } from '@rushlight/core';
import { bilinear } from '../functional/bilinear.ts';
import { uniform_ } from '../init/fill.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface BilinearOptions extends LayerOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * x1ᵀ W x2 + b: from [*, in1Features] and [*, in2Features] to [*, outFeatures]. `weight` is [outFeatures, in1Features,
 * in2Features], it and `bias` are drawn from ±1/√in1Features. Throws ValueError for sizes below 1, ShapeError or DTypeError for
 * inputs that do not fit. torch.nn.Bilinear
 */
export class Bilinear extends Module<[x1: Tensor, x2: Tensor], Tensor> {
  readonly in1Features: number;
  readonly in2Features: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    { bias = true, ...options }: BilinearOptions = {},
  ) {
    super();
    checkCount('Bilinear', 'in1Features', in1Features, 1);
    checkCount('Bilinear', 'in2Features', in2Features);
    checkCount('Bilinear', 'outFeatures', outFeatures);
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, in1Features, in2Features], options));
    this.bias = bias ? new Parameter(empty([outFeatures], options)) : null;
    this.resetParameters();
  }

  /** Draws the parameters anew. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    for (const parameter of [this.weight, this.bias]) if (parameter) uniform_(parameter, { a: -bound, b: bound });
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return bilinear(x1, x2, this.weight, { bias: this.bias });
  }

  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures, bias } = this;
    return reprOptions({ in1Features, in2Features, outFeatures, bias: bias !== null });
  }
}
