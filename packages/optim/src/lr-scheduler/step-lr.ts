import type { Optimizer } from '../optimizer.ts';
import { checkInteger } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

export interface StepLROptions extends LRSchedulerOptions {
  /** Default 0.1. */
  readonly gamma?: number;
}

export interface StepLRState extends LRSchedulerState {
  readonly step_size: number;
  readonly gamma: number;
}

/** Multiplies the learning rates by `gamma` every `stepSize` epochs. torch.optim.lr_scheduler.StepLR */
export class StepLR extends LRScheduler {
  stepSize: number;
  gamma: number;

  /** Throws ValueError for a stepSize that is no integer ≥ 1. */
  constructor(optimizer: Optimizer, stepSize: number, { gamma = 0.1, ...options }: StepLROptions = {}) {
    checkInteger('StepLR', 'stepSize', stepSize, 1);
    super(optimizer, options);
    this.stepSize = stepSize;
    this.gamma = gamma;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    const isDue = this.lastEpoch !== 0 && this.lastEpoch % this.stepSize === 0;
    return this.optimizer.paramGroups.map(({ lr }) => (isDue ? lr * this.gamma : lr));
  }

  override stateDict(): StepLRState {
    return { step_size: this.stepSize, gamma: this.gamma, ...super.stateDict() };
  }

  override loadStateDict(state: StepLRState): void {
    super.loadStateDict(state);
    this.stepSize = state.step_size;
    this.gamma = state.gamma;
  }
}
