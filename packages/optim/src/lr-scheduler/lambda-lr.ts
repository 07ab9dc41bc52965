import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** The factor for an epoch, counted from 0. */
export type LRLambda = (epoch: number) => number;

export interface LambdaLRState extends LRSchedulerState {
  /** Functions are not saved. */
  readonly lr_lambdas: readonly null[];
}

/**
 * Sets the learning rates to those at the beginning times a function of the epoch, one for all groups or one for each.
 * torch.optim.lr_scheduler.LambdaLR
 */
export class LambdaLR extends LRScheduler {
  readonly lrLambdas: readonly LRLambda[];

  /** Throws ValueError if there are not as many functions as groups. */
  constructor(optimizer: Optimizer, lrLambda: LRLambda | readonly LRLambda[], options: LRSchedulerOptions = {}) {
    const groups = optimizer.paramGroups.length;
    const lambdas = typeof lrLambda === 'function' ? optimizer.paramGroups.map(() => lrLambda) : lrLambda;
    if (lambdas.length !== groups) {
      throw new ValueError(
        'LambdaLR',
        `there are ${lambdas.length} functions for ${groups} parameter groups. Give one for all, or one for each.`,
      );
    }
    super(optimizer, options);
    this.lrLambdas = lambdas;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    return this.lrLambdas.map((lambda, g) => (this.baseLrs[g] ?? 0) * lambda(this.lastEpoch));
  }

  override stateDict(): LambdaLRState {
    return { ...super.stateDict(), lr_lambdas: this.lrLambdas.map(() => null) };
  }
}
