import { effect } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkState } from './check-number.ts';
import { checkSchedulers, loadStates, type ListedScheduler } from './scheduler-list.ts';

/** The state of a `ChainedScheduler`, under PyTorch's names. */
export interface ChainedSchedulerState {
  readonly _last_lr: readonly number[];
  readonly _schedulers: readonly object[];
}

/**
 * Steps several schedules of one optimizer one after the other: those that start from the learning rates of the epoch before
 * act together. torch.optim.lr_scheduler.ChainedScheduler
 *
 * @example
 * const schedule = new ChainedScheduler([new LinearLR(optimizer), new ExponentialLR(optimizer, 0.9)]);
 */
export class ChainedScheduler {
  /** For messages and checkpoints. */
  readonly name = 'ChainedScheduler';
  /** Whose learning rates they set. */
  readonly optimizer: Optimizer;
  /** In the order of their steps. */
  readonly schedulers: readonly ListedScheduler[];
  #lastLr: readonly number[];

  /** Throws ValueError for no schedules, schedules of different optimizers, or one that needs a metric. */
  constructor(schedulers: readonly ListedScheduler[]) {
    this.optimizer = checkSchedulers('ChainedScheduler', schedulers);
    this.schedulers = [...schedulers];
    this.#lastLr = this.#rates();
  }

  #rates(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** All go on by one epoch. Call it after `optimizer.step()`. A recording does so at each replay. */
  step(): void {
    effect(() => {
      for (const scheduler of this.schedulers) scheduler.step();
      this.#lastLr = this.#rates();
    });
  }

  /** The learning rates that the last step set, by group. */
  getLastLr(): number[] {
    return [...this.#lastLr];
  }

  /** The states of all schedules, without the optimizer's. */
  stateDict(): ChainedSchedulerState {
    return { _last_lr: this.#lastLr, _schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  /** Goes on where another chain was. The optimizer's state is loaded beside it. Throws ValueError for the state of another kind. */
  loadStateDict(state: ChainedSchedulerState): void {
    checkState('ChainedScheduler', state, this.stateDict());
    loadStates('ChainedScheduler', this.schedulers, state._schedulers);
    this.#lastLr = state._last_lr;
  }
}
