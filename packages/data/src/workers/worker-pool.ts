// The workers of one iteration, or, if they persist, of one after the other.

import { ValueError } from '@rushlight/core';
import { kindOf } from '../default-collate.ts';
import { IterableDataset } from '../iterable-dataset.ts';
import { WorkerError } from './worker-error.ts';
import { WorkerLink, type DataWorker } from './worker-link.ts';
import type { WorkerSettings } from './worker-options.ts';

/** The longest that a timer takes, in milliseconds. */
const longest = 2 ** 31 - 1;

/** Every worker that was ever in a pool. */
const taken = new WeakSet<DataWorker>();

/** Where a pool is, as long as it is there. */
export interface PoolPlace {
  pool: WorkerPool | undefined;
}

const places = new FinalizationRegistry<PoolPlace>(({ pool }) => pool?.leave());

/** Ends the workers of a place when its owner can be reached no more, such as an iteration that nobody has brought to its end. */
export function leaveWith(owner: object, place: PoolPlace): void {
  places.register(owner, place);
}

export class WorkerPool {
  readonly links: readonly WorkerLink[];
  readonly #timeout: number;
  #epoch = 0;

  constructor({ numWorkers, start, timeout }: WorkerSettings) {
    this.#timeout = timeout;
    const links: WorkerLink[] = [];
    try {
      for (let id = 0; id < numWorkers; id++) links.push(new WorkerLink(id, checked(start())));
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
        timer = setTimeout(
          () => {
            const cure = 'Pass a longer timeout, or look for what it waits for';
            reject(new WorkerError(id, `has sent nothing for ${this.#timeout} seconds. ${cure}.`));
          },
          Math.min(this.#timeout * 1000, longest),
        );
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
}

/** Throws a ValueError unless it is a worker, and one that hears no other loader. */
function checked(worker: DataWorker): DataWorker {
  const given: Partial<DataWorker> | null | undefined = worker;
  if (typeof given?.postMessage !== 'function') {
    throw new ValueError(
      'DataLoader',
      `worker gave ${kindOf(given)}, which is no Worker. Return one: () => new Worker(…).`,
    );
  }
  if (taken.has(worker)) {
    throw new ValueError('DataLoader', 'worker gave the same Worker again. Start a new one in every call: () => new Worker(…).'); // prettier-ignore
  }
  taken.add(worker);
  return worker;
}
