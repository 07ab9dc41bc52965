import type { Optimizer } from '../optimizer.ts';
import { checkInteger } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

export interface MultiStepLROptions extends LRSchedulerOptions {
  /** Default 0.1. */
  readonly gamma?: number;
}

export interface MultiStepLRState extends LRSchedulerState {
  /** How often each epoch is among the milestones. */
  readonly milestones: Readonly<Record<number, number>>;
  readonly gamma: number;
}

/**
 * Multiplies the learning rates by `gamma` at each of the epochs `milestones`, as often as it is among them.
 * torch.optim.lr_scheduler.MultiStepLR
 */
export class MultiStepLR extends LRScheduler {
  /** By epoch, how often it is among them. */
  milestones: ReadonlyMap<number, number>;
  gamma: number;

  /** Throws ValueError for a milestone that is no integer ≥ 0. */
  constructor(
    optimizer: Optimizer,
    milestones: readonly number[],
    { gamma = 0.1, ...options }: MultiStepLROptions = {},
  ) {
    const counts = new Map<number, number>();
    milestones.forEach((epoch, k) => {
      checkInteger('MultiStepLR', `milestones[${k}]`, epoch, 0);
      counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
    });
    super(optimizer, options);
    this.milestones = counts;
    this.gamma = gamma;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    const factor = this.gamma ** (this.milestones.get(this.lastEpoch) ?? 0);
    return this.optimizer.paramGroups.map(({ lr }) => lr * factor);
  }

  override stateDict(): MultiStepLRState {
    return { milestones: Object.fromEntries(this.milestones), gamma: this.gamma, ...super.stateDict() };
  }

  override loadStateDict(state: MultiStepLRState): void {
    super.loadStateDict(state);
    this.milestones = new Map(Object.entries(state.milestones).map(([epoch, count]) => [Number(epoch), count]));
    this.gamma = state.gamma;
  }
}
