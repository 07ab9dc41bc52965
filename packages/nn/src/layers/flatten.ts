import type { Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

/** Makes one dim of startDim … endDim: by default everything but the batch. torch.nn.Flatten */
export class Flatten extends Module<[x: Tensor], Tensor> {
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  forward(x: Tensor): Tensor {
    return x.flatten(this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return reprOptions({ startDim: this.startDim, endDim: this.endDim });
  }
}
