// Losses of batches, added up on the host in float64. They are read many at a time: reading waits for the device.

import { stack, untracked, noGrad, isTensor, ValueError, type Tensor } from '@rushlight/core';

/** So many are kept before they are read. */
const most = 64;

/** What losses add up to. */
export interface LossTotals {
  /** Of the losses, each times its weight. */
  readonly sum: number;
  /** Of the weights. */
  readonly weight: number;
  readonly samples: number;
}

/** A mean loss of a batch, before it is read. */
interface Pending {
  readonly loss: Tensor;
  /** What it is the mean over: a number, or a tensor of one. */
  readonly weight: Tensor | number;
  readonly samples: number;
  /** The update that it goes into. */
  readonly step: number;
}

/** A loss that is no finite number. */
export interface LossFault {
  readonly step: number;
  readonly value: number;
  /** Whether none was added after it. */
  readonly isNewest: boolean;
}

const nothing: LossTotals = { sum: 0, weight: 0, samples: 0 };

const added = (a: LossTotals, b: LossTotals): LossTotals => ({
  sum: a.sum + b.sum,
  weight: a.weight + b.weight,
  samples: a.samples + b.samples,
});

/** The losses of an epoch. Those of an update count when it is settled: until then they may be dropped, and come again. */
export class LossLog {
  #totals: LossTotals;
  #settled: number;
  #pending: Pending[] = [];
  /** Read, but of an update that is not settled; one by one, since sums depend on the order. */
  #open: readonly LossTotals[] = [];
  #reading: Promise<LossFault | undefined> = Promise.resolve(undefined);

  /** Goes on from `totals`, with all updates up to `settled` in them. */
  constructor({ settled = 0, totals = nothing }: { readonly settled?: number; readonly totals?: LossTotals } = {}) {
    this.#settled = settled;
    this.#totals = totals;
  }

  /** Keeps a loss. By default it is the mean over its samples, and in no update. */
  add({ loss, samples, weight = samples, step = 0 }: Partial<Pending> & Pick<Pending, 'loss' | 'samples'>): void {
    this.#pending.push({ loss: loss.detach(), weight: isTensor(weight) ? weight.detach() : weight, samples, step });
  }

  /** Of all that was added. */
  get samples(): number {
    const waiting = this.#pending.reduce((sum, { samples }) => sum + samples, 0);
    return this.#open.reduce(added, this.#totals).samples + waiting;
  }

  /** Whether it is time to read. */
  get isFull(): boolean {
    return this.#pending.length >= most;
  }

  /** The losses up to this update count. */
  settle(step: number): void {
    this.#settled = step;
    this.#totals = this.#open.reduce(added, this.#totals);
    this.#open = [];
  }

  /** Forgets what was added since the last update that was settled. */
  drop(): void {
    this.#open = [];
    this.#pending = this.#pending.filter(({ step }) => step <= this.#settled);
  }

  /** Reads what was kept. Gives the first that is no finite number; undefined if all are finite. Rejects with ValueError for a weight that is none. */
  read(): Promise<LossFault | undefined> {
    // Whoever asks while others read needs theirs, too.
    this.#reading = this.#reading.catch(() => undefined).then(() => this.#read());
    return this.#reading;
  }

  async #read(): Promise<LossFault | undefined> {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return undefined;
    const together = noGrad(() => untracked(() => stack(pending.flatMap(numbersOf))));
    const values = await together.data();
    together.dispose();
    let fault: LossFault | undefined;
    let at = 0;
    let odd: number | undefined;
    pending.forEach(({ samples, step, weight: given }, k) => {
      const value = Number(values[at++]);
      const weight = isTensor(given) ? Number(values[at++]) : given;
      if (!(weight >= 0 && weight < Infinity)) odd ??= weight;
      // The mean of nothing is NaN, and counts for nothing.
      if (weight !== 0 && !Number.isFinite(value)) fault ??= { step, value, isNewest: k === pending.length - 1 };
      const own = { sum: weight === 0 ? 0 : value * weight, weight, samples };
      if (step <= this.#settled) this.#totals = added(this.#totals, own);
      else this.#open = [...this.#open, own];
    });
    if (odd === undefined || fault) return fault;
    throw new ValueError('criterion', `it gave the weight ${odd}. It must be finite and ≥ 0.`);
  }

  /** What was read of settled updates. */
  get totals(): LossTotals {
    return this.#totals;
  }

  /** The mean of that; NaN if there is none. */
  get mean(): number {
    return this.#totals.sum / this.#totals.weight;
  }
}

/** The tensors to be read of a loss: itself, and its weight where that is one. */
const numbersOf = ({ loss, weight }: Pending): Tensor[] =>
  isTensor(weight) ? [loss, weight.to(loss.dtype).reshape([])] : [loss];
