import type { Optimizer } from '../optimizer.ts';
import { checkGiven, checkNotNegative, checkPositive } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** Options of `CosineAnnealingLR`. */
export interface CosineAnnealingLROptions extends LRSchedulerOptions {
  /** What the learning rates fall to. Default 0. */
  readonly etaMin?: number;
}

/** The state of a `CosineAnnealingLR`, under PyTorch's names. */
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
  override readonly name = 'CosineAnnealingLR';
  /** In how many epochs the learning rates fall. */
  tMax: number;
  /** What they fall to. */
  etaMin: number;

  /** Throws ValueError for an unknown option, a tMax that is not positive or a negative etaMin. */
  constructor(optimizer: Optimizer, tMax: number, options: CosineAnnealingLROptions = {}) {
    checkGiven('CosineAnnealingLR', optimizer, options, ['etaMin']);
    const { etaMin = 0 } = options;
    checkPositive('CosineAnnealingLR', 'tMax', tMax);
    checkNotNegative('CosineAnnealingLR', 'etaMin', etaMin);
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

  protected override getClosedFormLr(): readonly number[] {
    const { lastEpoch, tMax, etaMin } = this;
    const height = (1 + Math.cos((Math.PI * lastEpoch) / tMax)) / 2;
    return this.baseLrs.map((lr) => etaMin + (lr - etaMin) * height);
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
