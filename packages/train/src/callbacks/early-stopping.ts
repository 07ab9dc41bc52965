import { ValueError } from '@rushlight/core';
import type { EpochEvent } from '../events.ts';
import type { Trainer } from '../trainer.ts';
import { checkMonitor, isBetter, modeOf, watched, worstOf, type WatchOptions } from '../watched.ts';
import type { Callback } from './callback.ts';

/** When a run is to be ended. */
export interface EarlyStoppingOptions extends WatchOptions {
  /** So many epochs without an improvement end the run. Default 3. */
  readonly patience?: number;
  /** What does not improve by more than this is no improvement. Default 0. */
  readonly minDelta?: number;
}

/**
 * Ends a run that gets no better. Throws ValueError for a patience below 1, a negative minDelta, or a monitor of which nobody knows which way is
 * better; when a run starts also for one that its epochs will not have.
 *
 * @example
 * const trainer = new Trainer({ …, callbacks: [new EarlyStopping({ monitor: 'accuracy', patience: 5 })] });
 */
export class EarlyStopping implements Callback {
  readonly name = 'EarlyStopping';
  /** What it was made with. */
  readonly options: EarlyStoppingOptions;
  readonly #mode: 'min' | 'max';
  /** The best so far. */
  best: number;
  /** How many epochs ago that was. */
  waited = 0;

  constructor(options: EarlyStoppingOptions = {}) {
    const { patience = 3, minDelta = 0 } = options;
    if (!Number.isInteger(patience) || patience < 1) {
      throw new ValueError('EarlyStopping', `patience is ${patience}. It must be an integer ≥ 1.`);
    }
    if (!(minDelta >= 0)) throw new ValueError('EarlyStopping', `minDelta is ${minDelta}. It must be ≥ 0.`);
    this.options = options;
    this.#mode = modeOf(options);
    this.best = worstOf(this.#mode);
  }

  /** Compares the epoch with the best. */
  onEpoch(event: EpochEvent, trainer: Trainer): void {
    const { minDelta = 0 } = this.options;
    const value = watched(this.options, event);
    if (isBetter(value, this.best, this.#mode, minDelta)) {
      this.best = value;
      this.waited = 0;
    } else {
      this.waited++;
      this.#stopIfDue(trainer);
    }
  }

  /** A run that had ended so is not taken up again. */
  onStart(trainer: Trainer): void {
    const { metrics = {}, evalLoader } = trainer.options;
    checkMonitor(this.options, metrics, evalLoader !== undefined);
    this.#stopIfDue(trainer);
  }

  #stopIfDue(trainer: Trainer): void {
    const { patience = 3, monitor = 'loss' } = this.options;
    if (this.waited < patience) return;
    const what = typeof monitor === 'string' ? monitor : 'what is watched';
    trainer.stop(`${what} has not improved on ${this.best} for ${patience} epoch${patience > 1 ? 's' : ''}`);
  }

  /** The best, and how long nothing was better. */
  stateDict(): unknown {
    return { best: this.best, waited: this.waited };
  }

  /** Throws ValueError for what is no state of this. */
  loadStateDict(state: unknown): void {
    const { best, waited } = (state ?? {}) as { best?: unknown; waited?: unknown };
    if (typeof best !== 'number' || typeof waited !== 'number') {
      throw new ValueError(
        'EarlyStopping',
        'the state has no numbers "best" and "waited". Pass what stateDict() gave.',
      );
    }
    this.best = best;
    this.waited = waited;
  }
}
