import type { Optimizer } from '../optimizer.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

export interface ExponentialLRState extends LRSchedulerState {
  readonly gamma: number;
}

/** Multiplies the learning rates by `gamma` every epoch. torch.optim.lr_scheduler.ExponentialLR */
export class ExponentialLR extends LRScheduler {
  gamma: number;

  constructor(optimizer: Optimizer, gamma: number, options: LRSchedulerOptions = {}) {
    super(optimizer, options);
    this.gamma = gamma;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    const factor = this.lastEpoch === 0 ? 1 : this.gamma;
    return this.optimizer.paramGroups.map(({ lr }) => lr * factor);
  }

  override stateDict(): ExponentialLRState {
    return { gamma: this.gamma, ...super.stateDict() };
  }

  override loadStateDict(state: ExponentialLRState): void {
    super.loadStateDict(state);
    this.gamma = state.gamma;
  }
}
