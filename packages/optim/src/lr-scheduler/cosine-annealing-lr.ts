import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

export interface CosineAnnealingLROptions extends LRSchedulerOptions {
  /** What the learning rates fall to. Default 0. */
  readonly etaMin?: number;
}

export interface CosineAnnealingLRState extends LRSchedulerState {
  readonly T_max: number;
  readonly eta_min: number;
}

/**
 * Takes the learning rates along half a cosine from what they were down to `etaMin` in `tMax` epochs, and back up in the next
 * `tMax`: etaMin + (lr₀ − etaMin)·(1 + cos(π·epoch / tMax)) / 2, computed from the learning rate of the epoch before, so that
 * other changes to it last.
 * I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without the restarts.
 * torch.optim.lr_scheduler.CosineAnnealingLR
 */
export class CosineAnnealingLR extends LRScheduler {
  tMax: number;
  etaMin: number;

  /** Throws ValueError for a tMax that is not positive. */
  constructor(optimizer: Optimizer, tMax: number, { etaMin = 0, ...options }: CosineAnnealingLROptions = {}) {
    if (!(tMax > 0)) throw new ValueError('CosineAnnealingLR', `tMax is ${tMax}. It must be > 0.`);
    super(optimizer, options);
    this.tMax = tMax;
    this.etaMin = etaMin;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    const { lastEpoch, tMax, etaMin, baseLrs } = this;
    const height = (epoch: number): number => 1 + Math.cos((Math.PI * epoch) / tMax);
    return this.optimizer.paramGroups.map(({ lr }, g) => {
      const range = (baseLrs[g] ?? lr) - etaMin;
      if (lastEpoch === 0) return lr;
      // What goes on after an epoch may find any learning rate there.
      if (this.stepCount === 1) return etaMin + (range * height(lastEpoch)) / 2;
      // Out of a trough, where the height is 0.
      if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0) return lr + (range * (1 - Math.cos(Math.PI / tMax))) / 2;
      return (height(lastEpoch) / height(lastEpoch - 1)) * (lr - etaMin) + etaMin;
    });
  }

  override stateDict(): CosineAnnealingLRState {
    return { T_max: this.tMax, eta_min: this.etaMin, ...super.stateDict() };
  }

  override loadStateDict(state: CosineAnnealingLRState): void {
    super.loadStateDict(state);
    this.tMax = state.T_max;
    this.etaMin = state.eta_min;
  }
}
