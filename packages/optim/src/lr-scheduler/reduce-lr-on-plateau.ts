import { isTensor, ValueError, type Tensor } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkChoice, checkGiven, checkInteger, checkNotNegative, checkState } from './check-number.ts';
import { perGroup, type PerGroup } from './per-group.ts';

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** Whether the metric shall fall or rise. Default 'min'. */
  readonly mode?: 'min' | 'max';
  /** What the learning rates are multiplied by, < 1. Default 0.1. */
  readonly factor?: number;
  /** How many epochs in a row may bring nothing better before the learning rates fall. Default 10. */
  readonly patience?: number;
  /** By how much a metric must be better to count. Default 1e-4. */
  readonly threshold?: number;
  /** Whether the threshold is a share of the best metric or a distance from it. Default 'rel'. */
  readonly thresholdMode?: 'rel' | 'abs';
  /** For how many epochs nothing counts as bad after the learning rates fell. Default 0. */
  readonly cooldown?: number;
  /** What the learning rates do not fall below, for all groups or for each. Default 0. */
  readonly minLr?: PerGroup;
  /** Changes that are not larger are left out. Default 1e-8. */
  readonly eps?: number;
}

/** The state of a schedule that follows a metric, under PyTorch's names. */
export interface ReduceLROnPlateauState {
  readonly factor: number;
  readonly min_lrs: readonly number[];
  readonly patience: number;
  readonly cooldown: number;
  readonly cooldown_counter: number;
  readonly mode: 'min' | 'max';
  readonly threshold: number;
  readonly threshold_mode: 'rel' | 'abs';
  readonly best: number;
  readonly num_bad_epochs: number;
  readonly mode_worse: number;
  readonly eps: number;
  readonly last_epoch: number;
  /** Absent in what PyTorch 1 saved before the first step. */
  readonly _last_lr?: readonly number[];
}

const name = 'ReduceLROnPlateau';

const known: readonly (keyof ReduceLROnPlateauOptions)[] = [
  'mode', 'factor', 'patience', 'threshold', 'thresholdMode', 'cooldown', 'minLr', 'eps',
]; // prettier-ignore

/**
 * Multiplies the learning rates by `factor` when a metric has not become better for more than `patience` epochs. Better than the best
 * so far is, for mode 'min' ('max'): below best·(1 − threshold) (above best·(1 + threshold)), or best − threshold (best +
 * threshold) if thresholdMode is 'abs'; NaN never is. torch.optim.lr_scheduler.ReduceLROnPlateau
 *
 * @example
 * const schedule = new ReduceLROnPlateau(optimizer, { patience: 3 });
 * schedule.step(await validationLoss.item());
 */
export class ReduceLROnPlateau {
  /** For messages and checkpoints. */
  readonly name = 'ReduceLROnPlateau';
  /** Whose learning rates it sets. */
  readonly optimizer: Optimizer;
  /** Whether the metric shall fall or rise. */
  mode: 'min' | 'max';
  /** What the learning rates are multiplied by. */
  factor: number;
  /** How many epochs in a row may bring nothing better. */
  patience: number;
  /** By how much a metric must be better to count. */
  threshold: number;
  /** Whether the threshold is a share or a distance. */
  thresholdMode: 'rel' | 'abs';
  /** For how many epochs nothing counts as bad after they fell. */
  cooldown: number;
  /** By group. */
  minLrs: readonly number[];
  /** Changes that are not larger are left out. */
  eps: number;
  /** The best metric so far. */
  best: number;
  /** How many epochs in a row brought nothing better. */
  numBadEpochs = 0;
  /** For how many more epochs nothing counts as bad. */
  cooldownCounter = 0;
  /** How often `step` was called. */
  lastEpoch = 0;
  #lastLr: readonly number[];

  /** Throws ValueError for options that are unknown or out of range, or if there are not as many minLr as groups. */
  constructor(optimizer: Optimizer, options: ReduceLROnPlateauOptions = {}) {
    const { mode = 'min', factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = 'rel' } = options;
    const { cooldown = 0, minLr = 0, eps = 1e-8 } = options;
    checkGiven(name, optimizer, options, known, []);
    if (!(factor >= 0 && factor < 1)) throw new ValueError(name, `factor is ${factor}. It must be in [0, 1).`);
    checkInteger(name, 'patience', patience, 0);
    checkInteger(name, 'cooldown', cooldown, 0);
    checkNotNegative(name, 'threshold', threshold);
    checkNotNegative(name, 'eps', eps);
    checkChoice(name, 'mode', mode, ['min', 'max']);
    checkChoice(name, 'thresholdMode', thresholdMode, ['rel', 'abs']);
    this.optimizer = optimizer;
    this.mode = mode;
    this.factor = factor;
    this.patience = patience;
    this.threshold = threshold;
    this.thresholdMode = thresholdMode;
    this.cooldown = cooldown;
    this.minLrs = perGroup(name, 'minLr', optimizer, minLr);
    this.eps = eps;
    this.best = this.#worst;
    this.#lastLr = this.#rates();
  }

  get #worst(): number {
    return this.mode === 'min' ? Infinity : -Infinity;
  }

  #rates(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** Whether epochs do not count as bad for now. */
  get inCooldown(): boolean {
    return this.cooldownCounter > 0;
  }

  /** Whether a metric is better than `best` by more than the threshold. */
  isBetter(metric: number, best: number): boolean {
    const { mode, threshold } = this;
    const isRelative = this.thresholdMode === 'rel';
    if (mode === 'min') return metric < (isRelative ? best * (1 - threshold) : best - threshold);
    return metric > (isRelative ? best * (threshold + 1) : best + threshold);
  }

  /**
   * Takes the metric of an epoch and lowers the learning rates if that is due. A tensor of one element is read at once, which not
   * every device can: there give `await metric.item()`. Throws ValueError for what is no number; NaN is one, and never better.
   */
  step(metric: number | Tensor): void {
    const current: unknown = isTensor(metric) ? Number(metric.itemSync()) : metric;
    if (typeof current !== 'number') {
      throw new ValueError(name, `the metric is ${String(current)}. Pass the number that is watched: step(loss).`);
    }
    this.lastEpoch++;
    if (this.isBetter(current, this.best)) {
      this.best = current;
      this.numBadEpochs = 0;
    } else {
      this.numBadEpochs++;
    }
    if (this.inCooldown) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      this.#reduce();
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this.#lastLr = this.#rates();
  }

  #reduce(): void {
    this.optimizer.paramGroups.forEach((group, g) => {
      const lower = Math.max(group.lr * this.factor, this.minLrs[g] ?? 0);
      if (group.lr - lower > this.eps) group.lr = lower;
    });
  }

  /** The learning rates after the last step, by group. */
  getLastLr(): number[] {
    return [...this.#lastLr];
  }

  /** The state of the schedule, without the optimizer's. */
  stateDict(): ReduceLROnPlateauState {
    return {
      factor: this.factor,
      min_lrs: this.minLrs,
      patience: this.patience,
      cooldown: this.cooldown,
      cooldown_counter: this.cooldownCounter,
      mode: this.mode,
      threshold: this.threshold,
      threshold_mode: this.thresholdMode,
      best: this.best,
      num_bad_epochs: this.numBadEpochs,
      mode_worse: this.#worst,
      eps: this.eps,
      last_epoch: this.lastEpoch,
      _last_lr: this.#lastLr,
    };
  }

  /** Goes on where another schedule was. The optimizer's state is loaded beside it. Throws ValueError for the state of another kind. */
  loadStateDict(state: ReduceLROnPlateauState): void {
    checkState(name, state, this.stateDict());
    this.factor = state.factor;
    this.minLrs = state.min_lrs;
    this.patience = state.patience;
    this.cooldown = state.cooldown;
    this.cooldownCounter = state.cooldown_counter;
    this.mode = state.mode;
    this.threshold = state.threshold;
    this.thresholdMode = state.threshold_mode;
    // JSON makes the infinity of a beginning null.
    this.best = (state.best as number | null) ?? this.#worst;
    this.numBadEpochs = state.num_bad_epochs;
    this.eps = state.eps;
    this.lastEpoch = state.last_epoch;
    this.#lastLr = state._last_lr ?? this.#rates();
  }
}
