import { effect, ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkGiven, checkInteger, checkState } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions } from './lr-scheduler.ts';
import { checkSchedulers, loadStates } from './scheduler-list.ts';

/** The state of a `SequentialLR`, under PyTorch's names. */
export interface SequentialLRState {
  readonly _milestones: readonly number[];
  readonly last_epoch: number;
  readonly _last_lr: readonly number[];
  readonly _schedulers: readonly object[];
}

const name = 'SequentialLR';

function checkMilestones(milestones: readonly number[], schedules: number): void {
  if (!Array.isArray(milestones))
    throw new ValueError(name, `milestones is ${String(milestones)}. Pass a list of epochs: [30, 80].`);
  if (milestones.length !== schedules - 1) {
    throw new ValueError(
      name,
      `there are ${milestones.length} milestones between ${schedules} schedules. Give one between each two.`,
    );
  }
  milestones.forEach((epoch: number, k) => checkInteger(name, `milestones[${k}]`, epoch, milestones[k - 1] ?? 0));
}

/**
 * Schedules of one optimizer after each other: at `milestones[k]` schedule k + 1 begins from the learning rates of the beginning.
 * torch.optim.lr_scheduler.SequentialLR
 *
 * @example
 * const warmUp = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 5 });
 * const schedule = new SequentialLR(optimizer, [warmUp, new CosineAnnealingLR(optimizer, 95)], [5]);
 */
export class SequentialLR {
  /** For messages and checkpoints. */
  readonly name = name;
  /** Whose learning rates they set. */
  readonly optimizer: Optimizer;
  /** In the order in which they act. */
  readonly schedulers: readonly LRScheduler[];
  /** At which epochs the next one begins. */
  milestones: readonly number[];
  /** How often `step` was called. */
  lastEpoch: number;
  #lastLr: readonly number[];

  /**
   * Throws ValueError for an unknown option, no schedules, schedules of another optimizer or that are made of others or need a
   * metric, or milestones that do not rise or are not one fewer than the schedules.
   */
  constructor(
    optimizer: Optimizer,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
    options: LRSchedulerOptions = {},
  ) {
    checkGiven(name, optimizer, options, []);
    const { lastEpoch = -1 } = options;
    checkInteger(name, 'lastEpoch', lastEpoch, -1);
    checkSchedulers(name, schedulers, optimizer);
    schedulers.forEach((scheduler, k) => {
      if (scheduler instanceof LRScheduler) return;
      throw new ValueError(
        name,
        `schedulers[${k}] is a ${(scheduler as LRScheduler).name}, which cannot begin anew. List what it consists of.`,
      );
    });
    checkMilestones(milestones, schedulers.length);
    this.optimizer = optimizer;
    this.schedulers = [...schedulers];
    this.milestones = [...milestones];
    this.lastEpoch = lastEpoch + 1;
    // What the constructors of the schedules did is taken back, except for the first.
    for (const group of optimizer.paramGroups) group.lr = group.initialLr ?? group.lr;
    for (const scheduler of this.schedulers) scheduler.lastEpoch--;
    this.schedulers[0]?.initialStep();
    this.#lastLr = this.schedulers[0]?.getLastLr() ?? [];
  }

  /** Goes on by one epoch. Call it after `optimizer.step()`. A recording does so at each replay. */
  step(): void {
    effect(() => {
      const epoch = this.lastEpoch + 1;
      const due = this.milestones.filter((milestone) => milestone <= epoch).length;
      const scheduler = this.schedulers[due];
      if (!scheduler) return;
      if (due > 0 && this.milestones[due - 1] === epoch) scheduler.step({ epoch: 0 });
      else scheduler.step();
      this.lastEpoch = epoch;
      this.#lastLr = scheduler.getLastLr();
    });
  }

  /** The learning rates that the last step set, by group. */
  getLastLr(): number[] {
    return [...this.#lastLr];
  }

  /** The states of all schedules, without the optimizer's. */
  stateDict(): SequentialLRState {
    return {
      _milestones: this.milestones,
      last_epoch: this.lastEpoch,
      _last_lr: this.#lastLr,
      _schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()),
    };
  }

  /** Goes on where another sequence was. The optimizer's state is loaded beside it. Throws ValueError for the state of another kind. */
  loadStateDict(state: SequentialLRState): void {
    checkState(name, state, this.stateDict());
    checkMilestones(state._milestones, this.schedulers.length);
    loadStates(name, this.schedulers, state._schedulers);
    this.milestones = state._milestones;
    this.lastEpoch = state.last_epoch;
    this.#lastLr = state._last_lr;
  }
}
