import type { Optimizer } from '../optimizer.ts';
import { checkGiven, checkInteger, checkNotNegative } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** Options of `StepLR`. */
export interface StepLROptions extends LRSchedulerOptions {
  /** Default 0.1. */
  readonly gamma?: number;
}

/** The state of a `StepLR`, under PyTorch's names. */
export interface StepLRState extends LRSchedulerState {
  readonly step_size: number;
  readonly gamma: number;
}

/** Multiplies the learning rates by `gamma` every `stepSize` epochs. torch.optim.lr_scheduler.StepLR */
export class StepLR extends LRScheduler {
  override readonly name = 'StepLR';
  /** After how many epochs they are multiplied. */
  stepSize: number;
  /** What the learning rates are multiplied by. */
  gamma: number;

  /** Throws ValueError for an unknown option, a stepSize that is no integer ≥ 1, or a gamma that is negative or not finite. */
  constructor(optimizer: Optimizer, stepSize: number, options: StepLROptions = {}) {
    checkGiven('StepLR', optimizer, options, ['gamma']);
    const { gamma = 0.1 } = options;
    checkNotNegative('StepLR', 'gamma', gamma);
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

  protected override getClosedFormLr(): readonly number[] {
    const factor = this.gamma ** Math.floor(this.lastEpoch / this.stepSize);
    return this.baseLrs.map((lr) => lr * factor);
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
