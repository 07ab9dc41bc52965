import type { Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';

/** What it is given; arguments to the constructor are ignored. torch.nn.Identity */
export class Identity<T = Tensor> extends Module<[x: T], T> {
  constructor(..._ignored: unknown[]) {
    super();
  }

  forward(x: T): T {
    return x;
  }
}
