import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkGiven, checkInteger } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** Options of `PolynomialLR`. */
export interface PolynomialLROptions extends LRSchedulerOptions {
  /** After how many epochs the learning rates are 0. Default 5. */
  readonly totalIters?: number;
  /** Of the polynomial. Default 1. */
  readonly power?: number;
}

/** The state of a `PolynomialLR`, under PyTorch's names. */
export interface PolynomialLRState extends LRSchedulerState {
  readonly total_iters: number;
  readonly power: number;
}

/**
 * Takes the learning rates down to 0 in `totalIters` epochs, as lr₀·(1 − epoch / totalIters)^power, computed from the learning rate
 * of the epoch before, so that other changes to it last. torch.optim.lr_scheduler.PolynomialLR
 */
export class PolynomialLR extends LRScheduler {
  override readonly name = 'PolynomialLR';
  /** After how many epochs they are 0. */
  totalIters: number;
  /** Of the polynomial. */
  power: number;

  /** Throws ValueError for an unknown option, a totalIters that is no integer ≥ 0, or a power that is not finite. */
  constructor(optimizer: Optimizer, options: PolynomialLROptions = {}) {
    checkGiven('PolynomialLR', optimizer, options, ['totalIters', 'power']);
    const { totalIters = 5, power = 1 } = options;
    checkInteger('PolynomialLR', 'totalIters', totalIters, 0);
    if (!Number.isFinite(power))
      throw new ValueError('PolynomialLR', `power is ${String(power)}. It must be a finite number.`);
    super(optimizer, options);
    this.totalIters = totalIters;
    this.power = power;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    const { lastEpoch, totalIters, power } = this;
    const left = (epoch: number): number => 1 - epoch / totalIters;
    const isOver = lastEpoch === 0 || lastEpoch > totalIters;
    const factor = isOver ? 1 : (left(lastEpoch) / left(lastEpoch - 1)) ** power;
    return this.optimizer.paramGroups.map(({ lr }) => lr * factor);
  }

  protected override getClosedFormLr(): readonly number[] {
    const { lastEpoch, totalIters, power } = this;
    const factor = (1 - Math.min(totalIters, lastEpoch) / totalIters) ** power;
    return this.baseLrs.map((lr) => lr * factor);
  }

  override stateDict(): PolynomialLRState {
    return { total_iters: this.totalIters, power: this.power, ...super.stateDict() };
  }

  override loadStateDict(state: PolynomialLRState): void {
    super.loadStateDict(state);
    this.totalIters = state.total_iters;
    this.power = state.power;
  }
}
