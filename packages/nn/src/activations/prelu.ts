import { full, prelu, type Tensor } from '@rushlight/core';
import { checkCount, type LayerOptions } from '../layers/layer-options.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';

export interface PReLUOptions extends LayerOptions {
  /** 1, or the number of channels (dim 1). Default 1. */
  readonly numParameters?: number;
  /** What the weights start as. Default 0.25. */
  readonly init?: number;
}

/** x where positive, weight·x elsewhere, with learned weights. torch.nn.PReLU */
export class PReLU extends Module<[x: Tensor], Tensor> {
  readonly numParameters: number;
  weight: Parameter;

  constructor({ numParameters = 1, init = 0.25, ...options }: PReLUOptions = {}) {
    super();
    checkCount('PReLU', 'numParameters', numParameters, 1);
    this.numParameters = numParameters;
    this.weight = new Parameter(full([numParameters], init, options));
  }

  forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }

  override extraRepr(): string {
    return reprOptions({ numParameters: this.numParameters });
  }
}
