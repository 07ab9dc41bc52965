import type { Tensor } from '@rushlight/core';
import { Module } from '@rushlight/nn';
import type { Reduction } from './reduction.ts';

/** What the modules of losses have: they are called with an input and a target, and know how to reduce. */
export abstract class LossModule<R extends string = Reduction> extends Module<[input: Tensor, target: Tensor], Tensor> {
  readonly reduction: R;

  constructor(reduction: R) {
    super();
    this.reduction = reduction;
  }
}
