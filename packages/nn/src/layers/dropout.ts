import { dropout, ValueError, type Tensor } from '@rushlight/core';
import { hasModes } from '../module/members.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

export interface DropoutOptions {
  /** The probability of an element to be set to 0. Default 0.5. */
  readonly p?: number;
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean;
}

/**
 * In training, sets elements to 0 with probability p and scales the rest by 1 / (1 − p); in evaluation passes its input
 * through. torch.nn.Dropout, https://arxiv.org/abs/1207.0580
 */
export class Dropout extends Module<[x: Tensor], Tensor> {
  p: number;
  inplace: boolean;

  constructor({ p = 0.5, inplace = false }: DropoutOptions = {}) {
    super();
    if (!(p >= 0 && p <= 1)) throw new ValueError('Dropout', `the probability is ${p}. It must lie in [0, 1].`);
    this.p = p;
    this.inplace = inplace;
  }

  /** @internal */
  override get [hasModes](): boolean {
    return true;
  }

  forward(x: Tensor): Tensor {
    const y = dropout(x, { p: this.p, training: this.training });
    return this.inplace && y !== x ? x.copy_(y) : y;
  }

  override extraRepr(): string {
    return reprOptions({ p: this.p, inplace: this.inplace });
  }
}
