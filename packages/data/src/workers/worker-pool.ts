// The workers of one iteration, or, if they persist, of one after the other.

import { ValueError } from '@rushlight/core';
import { IterableDataset } from '../iterable-dataset.ts';
import { WorkerError } from './worker-error.ts';
import { WorkerLink } from './worker-link.ts';
import type { WorkerSettings } from './worker-options.ts';

export class WorkerPool {
  readonly links: readonly WorkerLink[];
  readonly #timeout: number;
  #epoch = 0;

  constructor({ numWorkers, start, timeout }: WorkerSettings) {
    this.#timeout = timeout;
    const links: WorkerLink[] = [];
    try {
      for (let id = 0; id < numWorkers; id++) links.push(new WorkerLink(id, start()));
    } catch (error) {
      for (const link of links) link.terminate();
      throw error;
    }
    this.links = links;
  }

  /** Whether all of its workers can be asked. */
  get isAlive(): boolean {
    return this.links.every((link) => link.isAlive);
  }

  /** Begins an epoch in all workers. Gives whether they make batches by a way of their own. */
  async begin(
    dataset: object,
    begin: Omit<Parameters<WorkerLink['begin']>[0], 'rushlightData' | 'epoch' | 'id' | 'numWorkers'>,
  ): Promise<{ collates: boolean }> {
    this.#epoch += 2; // resting takes one as well
    const { links } = this;
    const numWorkers = links.length;
    for (const link of links) {
      link.begin({ ...begin, rushlightData: 'begin', epoch: this.#epoch, id: link.id, numWorkers });
    }
    const isIterable = dataset instanceof IterableDataset;
    let collates = false;
    for (const link of links) {
      const ready = await this.wait(link.id, link.ready);
      if (ready.isIterable !== isIterable) {
        const [here, there] = [isIterable, ready.isIterable].map((is) => (is ? 'an IterableDataset' : 'a Dataset'));
        throw new ValueError(
          'DataLoader',
          `its data set is ${here}, that of worker ${link.id} ${there}. Serve the same one.`,
        );
      }
      collates ||= ready.collates;
    }
    return { collates };
  }

  /** What comes from a worker, during which the process stays alive. Rejects with a WorkerError if it does not come in time. */
  async wait<Result>(id: number, result: Promise<Result>): Promise<Result> {
    for (const link of this.links) link.hold(true);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      if (this.#timeout === 0) return await result;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          const cure = 'Pass a longer timeout, or look for what it waits for';
          reject(new WorkerError(id, `has sent nothing for ${this.#timeout} seconds. ${cure}.`));
        }, this.#timeout * 1000);
      });
      return await Promise.race([result, late]);
    } finally {
      clearTimeout(timer);
      for (const link of this.links) link.hold(false);
    }
  }

  rest(): void {
    for (const link of this.links) link.rest();
  }

  leave(): void {
    for (const link of this.links) link.leave();
  }

  terminate(): void {
    for (const link of this.links) link.terminate();
  }
}
