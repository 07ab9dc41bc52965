// Losses of batches, added up on the host in float64. They are read many at a time: reading waits for the device.

import { stack, untracked, noGrad, type Tensor } from '@rushlight/core';

/** So many are kept before they are read. */
const most = 64;

export class LossLog {
  /** Of the losses that were read: their sum, each times its samples. */
  sum = 0;
  /** Of all. */
  samples = 0;
  #pending: { loss: Tensor; samples: number; step: number }[] = [];

  /** Keeps a 0-dim loss, the mean of so many samples, which goes into the update of this number. */
  add(loss: Tensor, samples: number, step = 0): void {
    this.#pending.push({ loss: loss.detach(), samples, step });
    this.samples += samples;
  }

  /** Whether it is time to read. */
  get isFull(): boolean {
    return this.#pending.length >= most;
  }

  /** Reads what was kept. Gives the first that is no finite number, and whether it is the newest; undefined if all are finite. */
  async read(): Promise<{ step: number; value: number; isNewest: boolean } | undefined> {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return undefined;
    const together = noGrad(() => untracked(() => stack(pending.map(({ loss }) => loss))));
    const values = await together.data();
    together.dispose();
    let fault: { step: number; value: number; isNewest: boolean } | undefined;
    pending.forEach(({ samples, step }, k) => {
      const value = Number(values[k]);
      if (!Number.isFinite(value)) fault ??= { step, value, isNewest: k === pending.length - 1 };
      this.sum += value * samples;
    });
    return fault;
  }

  /** The mean of what was read. */
  get mean(): number {
    return this.sum / this.samples;
  }
}
