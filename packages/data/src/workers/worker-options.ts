import { ValueError } from '@rushlight/core';
import { checkCount, checkWhole } from '../check-options.ts';
import type { DataWorker } from './worker-link.ts';

/** Options of a DataLoader whose batches are made by workers. */
export interface WorkerOptions {
  /**
   * How many workers fetch batches, each in a thread of its own. Default 0: samples are fetched where the loader is. The batches are those
   * of `prefetch: 1` for the same seed, whatever the number.
   */
  readonly numWorkers?: number;
  /** Starts a worker, whose module calls `serveDataset`: `() => new Worker(new URL('./data.worker.ts', import.meta.url), { type: 'module' })`. */
  readonly worker?: () => DataWorker;
  /** How many batches each worker fetches ahead. Default 2. */
  readonly prefetchFactor?: number;
  /** Keep the workers between epochs. Default false: each iteration starts its own. */
  readonly persistentWorkers?: boolean;
  /** How long a batch may take to come from a worker, in seconds. Default 0: as long as it takes. */
  readonly timeout?: number;
  /** Taken for the sake of programs that have it; there is no memory here that is pinned, and it does nothing. */
  readonly pinMemory?: boolean;
}

/** The options of a loader that has workers. */
export interface WorkerSettings {
  readonly numWorkers: number;
  readonly start: () => DataWorker;
  readonly prefetchFactor: number;
  readonly persistentWorkers: boolean;
  readonly timeout: number;
}

/** What the options say; undefined without workers. Throws a ValueError for options that do not fit together. */
export function workerSettings(options: WorkerOptions): WorkerSettings | undefined {
  const { numWorkers = 0, worker, prefetchFactor, persistentWorkers = false, timeout = 0 } = options;
  checkWhole('DataLoader', 'numWorkers', numWorkers);
  if (prefetchFactor !== undefined) checkCount('DataLoader', 'prefetchFactor', prefetchFactor);
  if (!(timeout >= 0 && timeout < Infinity)) {
    throw new ValueError('DataLoader', `timeout should be a number of seconds >= 0, but is ${timeout}. Pass one.`);
  }
  if (numWorkers === 0) {
    for (const [name, isGiven] of [
      ['prefetchFactor', prefetchFactor !== undefined],
      ['persistentWorkers', persistentWorkers],
      ['timeout', timeout > 0],
    ] as const) {
      if (isGiven) {
        throw new ValueError(
          'DataLoader',
          `${name} is of workers, and numWorkers is 0. Set numWorkers, or leave it out.`,
        );
      }
    }
    return undefined;
  }
  if (typeof worker !== 'function') {
    throw new ValueError(
      'DataLoader',
      `numWorkers is ${numWorkers}, but there is nothing to start them. Pass worker: () => new Worker(new URL('./data.worker.ts', import.meta.url), { type: 'module' }), of a module that calls serveDataset.`,
    );
  }
  return { numWorkers, start: worker, prefetchFactor: prefetchFactor ?? 2, persistentWorkers, timeout };
}
