import type { Optimizer } from '../optimizer.ts';
import { checkGiven } from './check-number.ts';
import { lambdasOf, type LRLambda } from './lr-lambda.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** The state of a `MultiplicativeLR`, under PyTorch's names. */
export interface MultiplicativeLRState extends LRSchedulerState {
  /** Functions are not saved. */
  readonly lr_lambdas: readonly null[];
}

/**
 * Multiplies the learning rates in every epoch after the first by a function of the epoch, one for all groups or one for each.
 * torch.optim.lr_scheduler.MultiplicativeLR
 */
export class MultiplicativeLR extends LRScheduler {
  override readonly name = 'MultiplicativeLR';
  /** By group. */
  readonly lrLambdas: readonly LRLambda[];

  /** Throws ValueError for an unknown option, for what is no function, or if there are not as many functions as groups. */
  constructor(optimizer: Optimizer, lrLambda: LRLambda | readonly LRLambda[], options: LRSchedulerOptions = {}) {
    checkGiven('MultiplicativeLR', optimizer, options, []);
    const lambdas = lambdasOf('MultiplicativeLR', optimizer, lrLambda);
    super(optimizer, options);
    this.lrLambdas = lambdas;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    const { lastEpoch, lrLambdas, optimizer } = this;
    return optimizer.paramGroups.map(({ lr }, g) => (lastEpoch > 0 ? lr * (lrLambdas[g]?.(lastEpoch) ?? 1) : lr));
  }

  override stateDict(): MultiplicativeLRState {
    return { ...super.stateDict(), lr_lambdas: this.lrLambdas.map(() => null) };
  }
}
