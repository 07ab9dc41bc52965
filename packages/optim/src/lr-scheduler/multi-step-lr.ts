import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkGiven, checkInteger, checkNotNegative } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** Options of `MultiStepLR`. */
export interface MultiStepLROptions extends LRSchedulerOptions {
  /** Default 0.1. */
  readonly gamma?: number;
}

/** The state of a `MultiStepLR`, under PyTorch's names. */
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
  override readonly name = 'MultiStepLR';
  /** By epoch, how often it is among them. */
  milestones: ReadonlyMap<number, number>;
  /** What the learning rates are multiplied by. */
  gamma: number;

  /** Throws ValueError for an unknown option, a milestone that is no integer ≥ 0, or a gamma that is negative or not finite. */
  constructor(optimizer: Optimizer, milestones: readonly number[], options: MultiStepLROptions = {}) {
    checkGiven('MultiStepLR', optimizer, options, ['gamma']);
    const { gamma = 0.1 } = options;
    checkNotNegative('MultiStepLR', 'gamma', gamma);
    if (!Array.isArray(milestones))
      throw new ValueError('MultiStepLR', `milestones is ${String(milestones)}. Pass a list of epochs: [30, 80].`);
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

  protected override getClosedFormLr(): readonly number[] {
    let passed = 0;
    for (const [epoch, count] of this.milestones) if (epoch <= this.lastEpoch) passed += count;
    return this.baseLrs.map((lr) => lr * this.gamma ** passed);
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
