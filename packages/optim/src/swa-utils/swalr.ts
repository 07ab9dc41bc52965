import type { Optimizer } from '../optimizer.ts';
import type { ParamGroup } from '../param-group.ts';
import { checkChoice, checkGiven, checkInteger } from '../lr-scheduler/check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from '../lr-scheduler/lr-scheduler.ts';
import { perGroup, type PerGroup } from '../lr-scheduler/per-group.ts';

/** Options of `SWALR`. */
export interface SWALROptions extends LRSchedulerOptions {
  /** How many epochs the way takes. Default 10. */
  readonly annealEpochs?: number;
  /** Whether it is half a cosine or a straight line. Default 'cos'. */
  readonly annealStrategy?: 'cos' | 'linear';
}

/** The state of a `SWALR`, under PyTorch's names. */
export interface SWALRState extends LRSchedulerState {
  readonly anneal_epochs: number;
  /** Absent in what PyTorch 1 saved. */
  readonly _anneal_strategy?: 'cos' | 'linear';
}

/** A group with its goal: that is saved with the optimizer. */
type SWAGroup = ParamGroup & { swaLr?: number };

/** How much of the way is behind at a share of the epochs. */
const anneals: Readonly<Record<'cos' | 'linear', (share: number) => number>> = {
  cos: (share) => (1 - Math.cos(Math.PI * share)) / 2,
  linear: (share) => share,
};

/**
 * Takes the learning rates from what they are to `swaLr` in `annealEpochs` epochs, where they stay while weights are averaged.
 * The way goes on from the learning rate of the epoch before, so that another schedule may act first.
 * torch.optim.swa_utils.SWALR
 *
 * @example
 * const schedule = new SWALR(optimizer, 0.05, { annealEpochs: 5, annealStrategy: 'linear' });
 */
export class SWALR extends LRScheduler {
  override readonly name = 'SWALR';
  /** How many epochs the way takes. */
  annealEpochs: number;
  /** Whether it is half a cosine or a straight line. */
  annealStrategy: 'cos' | 'linear';

  /** Throws ValueError for options that are unknown or out of range, or if there are not as many swaLr as groups. */
  constructor(optimizer: Optimizer, swaLr: PerGroup, options: SWALROptions = {}) {
    checkGiven('SWALR', optimizer, options, ['annealEpochs', 'annealStrategy']);
    const { annealEpochs = 10, annealStrategy = 'cos' } = options;
    const goals = perGroup('SWALR', 'swaLr', optimizer, swaLr);
    checkChoice('SWALR', 'annealStrategy', annealStrategy, ['cos', 'linear']);
    checkInteger('SWALR', 'annealEpochs', annealEpochs, 0);
    super(optimizer, options);
    optimizer.paramGroups.forEach((group: SWAGroup, g) => (group.swaLr = goals[g] ?? group.lr));
    this.annealEpochs = annealEpochs;
    this.annealStrategy = annealStrategy;
    this.initialStep();
  }

  protected override getLr(): readonly number[] {
    const { annealEpochs } = this;
    const anneal = anneals[this.annealStrategy];
    const behind = (step: number): number => anneal(Math.max(0, Math.min(1, step / Math.max(1, annealEpochs))));
    const step = Math.max(annealEpochs === 0 ? 1 : 0, this.stepCount - 1);
    const [before, now] = [behind(step - 1), behind(step)];
    return this.optimizer.paramGroups.map(({ lr, swaLr = lr }: SWAGroup) => {
      const start = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
      return swaLr * now + start * (1 - now);
    });
  }

  override stateDict(): SWALRState {
    return { anneal_epochs: this.annealEpochs, _anneal_strategy: this.annealStrategy, ...super.stateDict() };
  }

  override loadStateDict(state: SWALRState): void {
    super.loadStateDict(state);
    this.annealEpochs = state.anneal_epochs;
    this.annealStrategy = state._anneal_strategy ?? this.annealStrategy;
  }
}
