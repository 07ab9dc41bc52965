import type { Optimizer } from '../optimizer.ts';
import { checkFraction, checkGiven, checkInteger } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** Options of `ConstantLR`. */
export interface ConstantLROptions extends LRSchedulerOptions {
  /** In [0, 1]. Default 1/3. */
  readonly factor?: number;
  /** For how many epochs. Default 5. */
  readonly totalIters?: number;
}

/** The state of a `ConstantLR`, under PyTorch's names. */
export interface ConstantLRState extends LRSchedulerState {
  readonly factor: number;
  readonly total_iters: number;
}

/** Multiplies the learning rates by `factor` for the first `totalIters` epochs. torch.optim.lr_scheduler.ConstantLR */
export class ConstantLR extends LRScheduler {
  override readonly name = 'ConstantLR';
  /** What the learning rates are multiplied by. */
  factor: number;
  /** For how many epochs. */
  totalIters: number;

  /** Throws ValueError for an unknown option, a factor outside [0, 1] or a totalIters that is no integer ≥ 0. */
  constructor(optimizer: Optimizer, options: ConstantLROptions = {}) {
    checkGiven('ConstantLR', optimizer, options, ['factor', 'totalIters']);
    const { factor = 1 / 3, totalIters = 5 } = options;
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

  protected override getClosedFormLr(): readonly number[] {
    const factor = this.lastEpoch >= this.totalIters ? 1 : this.factor;
    return this.baseLrs.map((lr) => lr * factor);
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
