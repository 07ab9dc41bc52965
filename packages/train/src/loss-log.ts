// Losses of batches, added up on the host in float64. They are read many at a time: reading waits for the device.

import { stack, untracked, noGrad, type Tensor } from '@rushlight/core';

/** So many are kept before they are read. */
const most = 64;

export class LossLog {
  /** Of the losses that were read: their sum, each times its samples. */
  sum = 0;
  /** Of all. */
  samples = 0;
  #pending: { loss: Tensor; samples: number }[] = [];

  /** Keeps a 0-dim loss, the mean of so many samples. */
  add(loss: Tensor, samples: number): void {
    this.#pending.push({ loss: loss.detach(), samples });
    this.samples += samples;
  }

  /** Whether it is time to read. */
  get isFull(): boolean {
    return this.#pending.length >= most;
  }

  /** Reads what was kept. How many losses before the newest the first one was that is no finite number; undefined if all are. */
  async read(): Promise<{ ago: number; value: number } | undefined> {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return undefined;
    const together = noGrad(() => untracked(() => stack(pending.map(({ loss }) => loss))));
    const values = await together.data();
    together.dispose();
    let fault: { ago: number; value: number } | undefined;
    pending.forEach(({ samples }, k) => {
      const value = Number(values[k]);
      if (!Number.isFinite(value)) fault ??= { ago: pending.length - 1 - k, value };
      this.sum += value * samples;
    });
    return fault;
  }

  /** The mean of what was read. */
  get mean(): number {
    return this.sum / this.samples;
  }
}
