import type { Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

/** Makes several dims of one; one of the sizes may be −1. torch.nn.Unflatten */
export class Unflatten extends Module<[x: Tensor], Tensor> {
  readonly dim: number;
  readonly unflattenedSize: readonly number[];

  constructor(dim: number, unflattenedSize: readonly number[]) {
    super();
    this.dim = dim;
    this.unflattenedSize = unflattenedSize;
  }

  forward(x: Tensor): Tensor {
    return x.unflatten(this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return reprOptions({ dim: this.dim, unflattenedSize: this.unflattenedSize });
  }
}
