import { rrelu, ValueError, type Tensor } from '@rushlight/core';
import { hasModes } from '../module/members.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

export interface RReLUOptions {
  /** The least slope. Default 1/8. */
  readonly lower?: number;
  /** The greatest slope. Default 1/3. */
  readonly upper?: number;
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean;
}

/**
 * x where positive, slope·x elsewhere: in training each slope is drawn from [lower, upper), in evaluation it is their mean.
 * Throws ValueError for a lower bound above the upper one or one that is infinite.
 * https://arxiv.org/abs/1505.00853. torch.nn.RReLU
 */
export class RReLU extends Module<[x: Tensor], Tensor> {
  lower: number;
  upper: number;
  inplace: boolean;

  constructor({ lower = 1 / 8, upper = 1 / 3, inplace = false }: RReLUOptions = {}) {
    super();
    if (!(lower <= upper && Number.isFinite(upper - lower)))
      throw new ValueError('RReLU', `the slopes go from ${lower} to ${upper}. Give two numbers, the lower one first.`);
    this.lower = lower;
    this.upper = upper;
    this.inplace = inplace;
  }

  /** @internal */
  override get [hasModes](): boolean {
    return true;
  }

  forward(x: Tensor): Tensor {
    const { lower, upper, inplace, training } = this;
    return rrelu(x, { lower, upper, inplace, training });
  }

  override extraRepr(): string {
    const { lower, upper, inplace } = this;
    return reprOptions({ lower, upper, ...(inplace && { inplace }) });
  }
}
