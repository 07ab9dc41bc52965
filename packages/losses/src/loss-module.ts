import type { Tensor } from '@rushlight/core';
import { Module } from '@rushlight/nn';
import type { Reduction } from './reduction.ts';

/** What the modules of losses have: they are called with an input and a target, or with `Args`, and know how to reduce. */
export abstract class LossModule<
  R extends string = Reduction,
  Args extends readonly unknown[] = [input: Tensor, target: Tensor],
> extends Module<Args, Tensor> {
  readonly reduction: R;

  constructor(reduction: R) {
    super();
    this.reduction = reduction;
  }
}
