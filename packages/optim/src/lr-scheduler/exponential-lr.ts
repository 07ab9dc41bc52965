import type { Optimizer } from '../optimizer.ts';
import { checkGiven, checkNotNegative } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** The state of an `ExponentialLR`, under PyTorch's names. */
export interface ExponentialLRState extends LRSchedulerState {
  readonly gamma: number;
}

/** Multiplies the learning rates by `gamma` every epoch. torch.optim.lr_scheduler.ExponentialLR */
export class ExponentialLR extends LRScheduler {
  override readonly name = 'ExponentialLR';
  /** What the learning rates are multiplied by every epoch. */
  gamma: number;

  /** Throws ValueError for an unknown option, or a gamma that is negative or not finite. */
  constructor(optimizer: Optimizer, gamma: number, options: LRSchedulerOptions = {}) {
    checkGiven('ExponentialLR', optimizer, options, []);
    checkNotNegative('ExponentialLR', 'gamma', gamma);
    super(optimizer, options);
    this.gamma = gamma;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    const factor = this.lastEpoch === 0 ? 1 : this.gamma;
    return this.optimizer.paramGroups.map(({ lr }) => lr * factor);
  }

  protected override getClosedFormLr(): readonly number[] {
    const factor = this.gamma ** this.lastEpoch;
    return this.baseLrs.map((lr) => lr * factor);
  }

  override stateDict(): ExponentialLRState {
    return { gamma: this.gamma, ...super.stateDict() };
  }

  override loadStateDict(state: ExponentialLRState): void {
    super.loadStateDict(state);
    this.gamma = state.gamma;
  }
}
