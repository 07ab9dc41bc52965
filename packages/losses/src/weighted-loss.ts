import type { Tensor } from '@rushlight/core';
import { Module } from '@rushlight/nn';
import type { ClassOptions } from './class-target.ts';
import type { Reduction } from './reduction.ts';

/** What the modules of class losses have: `weight` is a buffer, so that it is moved and saved with the module. */
export abstract class WeightedLoss extends Module<[input: Tensor, target: Tensor], Tensor> {
  declare readonly weight: Tensor | null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;

  constructor({ weight = null, ignoreIndex = -100, reduction = 'mean' }: ClassOptions = {}) {
    super();
    this.weight = this.registerBuffer('weight', weight);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }
}
