import { ValueError } from '@rushlight/core';
import type { EpochEvent } from '../events.ts';
import type { Trainer } from '../trainer.ts';
import { isBetter, modeOf, watched, worstOf, type WatchOptions } from '../watched.ts';
import type { Callback } from './callback.ts';

export interface EarlyStoppingOptions extends WatchOptions {
  /** So many epochs without an improvement end the run. Default 3. */
  readonly patience?: number;
  /** What does not improve by more than this is no improvement. Default 0. */
  readonly minDelta?: number;
}

/** Ends a run that gets no better. Throws ValueError for a patience below 1 or a negative minDelta. */
export class EarlyStopping implements Callback {
  readonly name = 'EarlyStopping';
  readonly options: EarlyStoppingOptions;
  /** The best so far, and how many epochs ago that was. */
  best: number;
  waited = 0;

  constructor(options: EarlyStoppingOptions = {}) {
    const { patience = 3, minDelta = 0 } = options;
    if (!Number.isInteger(patience) || patience < 1) {
      throw new ValueError('EarlyStopping', `patience is ${patience}. It must be an integer ≥ 1.`);
    }
    if (!(minDelta >= 0)) throw new ValueError('EarlyStopping', `minDelta is ${minDelta}. It must be ≥ 0.`);
    this.options = options;
    this.best = worstOf(modeOf(options));
  }

  onEpoch(event: EpochEvent, trainer: Trainer): void {
    const { minDelta = 0 } = this.options;
    const value = watched(this.options, event);
    if (isBetter(value, this.best, modeOf(this.options), minDelta)) {
      this.best = value;
      this.waited = 0;
    } else {
      this.waited++;
      this.#stopIfDue(trainer);
    }
  }

  /** A run that had ended so is not taken up again. */
  onStart(trainer: Trainer): void {
    this.#stopIfDue(trainer);
  }

  #stopIfDue(trainer: Trainer): void {
    const { patience = 3, monitor = 'loss' } = this.options;
    if (this.waited < patience) return;
    const what = typeof monitor === 'string' ? monitor : 'what is watched';
    trainer.stop(`${what} has not improved on ${this.best} for ${patience} epoch${patience > 1 ? 's' : ''}`);
  }

  stateDict(): unknown {
    return { best: this.best, waited: this.waited };
  }

  loadStateDict(state: unknown): void {
    const { best, waited } = state as { best: number; waited: number };
    this.best = best;
    this.waited = waited;
  }
}
