import type { Optimizer } from '../optimizer.ts';
import { checkFraction, checkInteger } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

export interface ConstantLROptions extends LRSchedulerOptions {
  /** In [0, 1]. Default 1/3. */
  readonly factor?: number;
  /** For how many epochs. Default 5. */
  readonly totalIters?: number;
}

export interface ConstantLRState extends LRSchedulerState {
  readonly factor: number;
  readonly total_iters: number;
}

/** Multiplies the learning rates by `factor` for the first `totalIters` epochs. torch.optim.lr_scheduler.ConstantLR */
export class ConstantLR extends LRScheduler {
  factor: number;
  totalIters: number;

  /** Throws ValueError for a factor outside [0, 1] or a totalIters that is no integer ≥ 0. */
  constructor(optimizer: Optimizer, { factor = 1 / 3, totalIters = 5, ...options }: ConstantLROptions = {}) {
    checkFraction('ConstantLR', 'factor', factor);
    checkInteger('ConstantLR', 'totalIters', totalIters, 0);
    super(optimizer, options);
    this.factor = factor;
    this.totalIters = totalIters;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    const { lastEpoch, factor, totalIters } = this;
    return this.optimizer.paramGroups.map(({ lr }, g) => {
      if (lastEpoch === 0) return lr * factor;
      if (lastEpoch !== totalIters) return lr;
      // A factor of 0 cannot be undone by division.
      return factor === 0 ? (this.baseLrs[g] ?? lr) : lr * (1 / factor);
    });
  }

  override stateDict(): ConstantLRState {
    return { factor: this.factor, total_iters: this.totalIters, ...super.stateDict() };
  }

  override loadStateDict(state: ConstantLRState): void {
    super.loadStateDict(state);
    this.factor = state.factor;
    this.totalIters = state.total_iters;
  }
}
