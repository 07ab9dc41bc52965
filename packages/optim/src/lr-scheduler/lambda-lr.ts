import type { Optimizer } from '../optimizer.ts';
import { checkGiven } from './check-number.ts';
import { lambdasOf, type LRLambda } from './lr-lambda.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** The state of a `LambdaLR`, under PyTorch's names. */
export interface LambdaLRState extends LRSchedulerState {
  /** Functions are not saved. */
  readonly lr_lambdas: readonly null[];
}

/**
 * Sets the learning rates to those at the beginning times a function of the epoch, one for all groups or one for each.
 * torch.optim.lr_scheduler.LambdaLR
 */
export class LambdaLR extends LRScheduler {
  override readonly name = 'LambdaLR';
  /** By group. */
  readonly lrLambdas: readonly LRLambda[];

  /** Throws ValueError for an unknown option, for what is no function, or if there are not as many functions as groups. */
  constructor(optimizer: Optimizer, lrLambda: LRLambda | readonly LRLambda[], options: LRSchedulerOptions = {}) {
    checkGiven('LambdaLR', optimizer, options, []);
    const lambdas = lambdasOf('LambdaLR', optimizer, lrLambda);
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
