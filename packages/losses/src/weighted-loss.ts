import type { Tensor } from '@rushlight/core';
import type { ClassOptions } from './class-target.ts';
import { LossModule } from './loss-module.ts';

/** What the modules of class losses have: `weight` is a buffer, so that it is moved and saved with the module. */
export abstract class WeightedLoss extends LossModule {
  declare readonly weight: Tensor | null;
  readonly ignoreIndex: number;

  constructor({ weight = null, ignoreIndex = -100, reduction = 'mean' }: ClassOptions = {}) {
    super(reduction);
    this.weight = this.registerBuffer('weight', weight);
    this.ignoreIndex = ignoreIndex;
  }
}
