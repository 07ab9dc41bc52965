// The base of learning-rate schedules: after each epoch (or step) a new learning rate for every group.

import { effect, ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkInteger, checkNotNegative, checkState } from './check-number.ts';

/** What all schedules take. */
export interface LRSchedulerOptions {
  /** The epoch to go on after; −1 begins anew from the groups' learning rates. Default −1. */
  readonly lastEpoch?: number;
}

/** Where `step` goes to. */
export interface LRStepOptions {
  /** The epoch to go to, ≥ 0, instead of the next one. */
  readonly epoch?: number;
}

/** The state of a schedule, under PyTorch's names. */
export interface LRSchedulerState {
  readonly base_lrs: readonly number[];
  readonly last_epoch: number;
  readonly _step_count: number;
  readonly _last_lr: readonly number[];
}

/**
 * What all schedules do. A subclass writes `getLr`, and calls `initialStep` at the end of its constructor; where `getLr` goes on
 * from the learning rates of the epoch before, it writes `getClosedFormLr` too, so that `step({ epoch })` can leave them out.
 * torch.optim.lr_scheduler.LRScheduler
 */
export abstract class LRScheduler {
  /** For messages and checkpoints: StepLR. */
  readonly name: string = 'LRScheduler';
  /** Whose learning rates it sets. */
  readonly optimizer: Optimizer;
  /** The learning rates that the schedule started from, by group. */
  baseLrs: readonly number[];
  /** How often `step` was called. */
  lastEpoch: number;
  #stepCount = 0;
  #lastLr: readonly number[] = [];

  /** Throws ValueError for a lastEpoch that is no integer ≥ −1, or where it shall go on after one, but a group has no initialLr. */
  constructor(optimizer: Optimizer, { lastEpoch = -1 }: LRSchedulerOptions = {}) {
    checkInteger('LRScheduler', 'lastEpoch', lastEpoch, -1);
    this.optimizer = optimizer;
    this.lastEpoch = lastEpoch;
    this.baseLrs = optimizer.paramGroups.map((group, g) => {
      if (lastEpoch === -1) group.initialLr ??= group.lr;
      if (group.initialLr !== undefined) return group.initialLr;
      throw new ValueError(
        'LRScheduler',
        `group ${g} has no initialLr to go on from after epoch ${lastEpoch}. Load the optimizer's state dict first, or leave lastEpoch out.`,
      );
    });
  }

  /** How often the learning rates were set, by this scheduler or the one that its state is from. */
  protected get stepCount(): number {
    return this.#stepCount;
  }

  /** The learning rate of every group for `lastEpoch`. Called by `step`; ask `getLastLr` instead. */
  protected abstract getLr(): readonly number[];

  /** The learning rate of every group for `lastEpoch`, whatever they are now. */
  protected getClosedFormLr(): readonly number[] {
    return this.getLr();
  }

  /** @internal Sets the learning rates of the first epoch. */
  initialStep(): void {
    this.#stepCount = 0;
    this.step();
  }

  /**
   * Goes on by one epoch, or to the one given, and sets the learning rates; throws ValueError, and stays where it is, if one were not
   * finite. Call it after `optimizer.step()`. A recording does so at each replay.
   */
  step(): void;
  step(options: LRStepOptions): void;
  step(options?: LRStepOptions): void {
    const epoch = options?.epoch;
    if (epoch !== undefined) checkNotNegative(this.name, 'epoch', epoch);
    effect(() => {
      const rates = this.advance(epoch);
      this.optimizer.paramGroups.forEach((group, g) => {
        group.lr = rates[g] ?? group.lr;
      });
      this.#lastLr = this.optimizer.paramGroups.map((group) => group.lr);
    });
  }

  /** @internal Goes on, or to an epoch, and says what the learning rates are there. */
  protected advance(epoch?: number): readonly number[] {
    const before = this.lastEpoch;
    this.lastEpoch = epoch ?? before + 1;
    this.#stepCount++;
    try {
      return this.#finite(epoch === undefined ? this.getLr() : this.getClosedFormLr());
    } catch (error) {
      this.lastEpoch = before;
      this.#stepCount--;
      throw error;
    }
  }

  #finite(rates: readonly number[]): readonly number[] {
    const wrong = rates.findIndex((rate) => !Number.isFinite(rate));
    if (wrong < 0) return rates;
    throw new ValueError(
      this.name,
      `the learning rate of group ${wrong} would be ${rates[wrong]} at epoch ${this.lastEpoch}. Check what it is computed from.`,
    );
  }

  /** The learning rates that the last step set, by group. */
  getLastLr(): number[] {
    return [...this.#lastLr];
  }

  /** The state of the schedule, without the optimizer's. */
  stateDict(): LRSchedulerState {
    return {
      base_lrs: this.baseLrs,
      last_epoch: this.lastEpoch,
      _step_count: this.#stepCount,
      _last_lr: this.#lastLr,
    };
  }

  /** Goes on where another schedule was. The optimizer's state is loaded beside it. Throws ValueError for the state of another kind. */
  loadStateDict(state: LRSchedulerState): void {
    checkState(this.name, state, this.stateDict());
    const groups = this.optimizer.paramGroups.length;
    if (state.base_lrs.length !== groups) {
      throw new ValueError(
        this.name,
        `the state is of ${state.base_lrs.length} parameter groups, and the optimizer has ${groups}. They must be equal.`,
      );
    }
    this.baseLrs = state.base_lrs;
    this.lastEpoch = state.last_epoch;
    this.#stepCount = state._step_count;
    this.#lastLr = state._last_lr;
  }
}
