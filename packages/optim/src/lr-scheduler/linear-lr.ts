import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkFraction, checkGiven, checkInteger } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** Options of `LinearLR`. */
export interface LinearLROptions extends LRSchedulerOptions {
  /** In (0, 1]. Default 1/3. */
  readonly startFactor?: number;
  /** In [0, 1]. Default 1. */
  readonly endFactor?: number;
  /** After how many epochs the end is reached. Default 5. */
  readonly totalIters?: number;
}

/** The state of a `LinearLR`, under PyTorch's names. */
export interface LinearLRState extends LRSchedulerState {
  readonly start_factor: number;
  readonly end_factor: number;
  readonly total_iters: number;
}

/**
 * Multiplies the learning rates by a factor that goes from `startFactor` to `endFactor` in a straight line, over `totalIters`
 * epochs: a warm-up. torch.optim.lr_scheduler.LinearLR
 */
export class LinearLR extends LRScheduler {
  override readonly name = 'LinearLR';
  /** The factor of the first epoch. */
  startFactor: number;
  /** The factor at the end. */
  endFactor: number;
  /** After how many epochs the end is reached. */
  totalIters: number;

  /** Throws ValueError for an unknown option, a startFactor outside (0, 1], an endFactor outside [0, 1] or a totalIters that is no integer ≥ 0. */
  constructor(optimizer: Optimizer, options: LinearLROptions = {}) {
    checkGiven('LinearLR', optimizer, options, ['startFactor', 'endFactor', 'totalIters']);
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
    // From 0 there is no way up by multiplication.
    if (!(startFactor > 0 && startFactor <= 1))
      throw new ValueError('LinearLR', `startFactor is ${startFactor}. It must be in (0, 1].`);
    checkFraction('LinearLR', 'endFactor', endFactor);
    checkInteger('LinearLR', 'totalIters', totalIters, 0);
    super(optimizer, options);
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    this.initialStep();
  }

  /** What the learning rates of the last epoch are multiplied by. */
  #factor(): number {
    const { lastEpoch, startFactor, endFactor, totalIters } = this;
    if (lastEpoch === 0) return startFactor;
    if (lastEpoch > totalIters) return 1;
    const rise = endFactor - startFactor;
    return 1 + rise / (totalIters * startFactor + (lastEpoch - 1) * rise);
  }

  protected override getLr(): readonly number[] {
    const factor = this.#factor();
    return this.optimizer.paramGroups.map(({ lr }) => lr * factor);
  }

  protected override getClosedFormLr(): readonly number[] {
    const { lastEpoch, startFactor, endFactor, totalIters } = this;
    const factor = startFactor + ((endFactor - startFactor) * Math.min(totalIters, lastEpoch)) / totalIters;
    return this.baseLrs.map((lr) => lr * factor);
  }

  override stateDict(): LinearLRState {
    const { startFactor, endFactor, totalIters } = this;
    return { start_factor: startFactor, end_factor: endFactor, total_iters: totalIters, ...super.stateDict() };
  }

  override loadStateDict(state: LinearLRState): void {
    super.loadStateDict(state);
    this.startFactor = state.start_factor;
    this.endFactor = state.end_factor;
    this.totalIters = state.total_iters;
  }
}
