import type { Dataset } from '../dataset.ts';
import type { IterableDataset } from '../iterable-dataset.ts';

/** Which of a DataLoader's workers one is. */
export interface WorkerInfo {
  /** From 0 to numWorkers − 1. */
  readonly id: number;
  /** How many there are. */
  readonly numWorkers: number;
  /** What its default generator was seeded with: the epoch's base seed plus `id`. */
  readonly seed: bigint;
  /** The worker's own copy of the data set. */
  readonly dataset: Dataset<unknown> | IterableDataset<unknown>;
}

let info: WorkerInfo | undefined;

/**
 * In a worker of a DataLoader, which one it is; elsewhere undefined. An IterableDataset tells by it which samples to give, since each
 * worker goes through its own copy.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.get_worker_info
 *
 * @example
 * class Lines extends IterableDataset<string> {
 *   *[Symbol.iterator]() {
 *     const { id, numWorkers } = getWorkerInfo() ?? { id: 0, numWorkers: 1 };
 *     for (let line = id; line < lines.length; line += numWorkers) yield lines[line];
 *   }
 * }
 */
export function getWorkerInfo(): WorkerInfo | undefined {
  return info;
}

/** @internal */
export function setWorkerInfo(now: WorkerInfo): void {
  info = now;
}
