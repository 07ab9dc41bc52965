import { RushlightError } from '@rushlight/core';

/** A worker of a DataLoader that came to its end, or that did not answer in time; `cause` is what it threw, where that is known. */
export class WorkerError extends RushlightError {
  override readonly name = 'WorkerError';
  /** Which worker, from 0 on. */
  readonly worker: number;

  constructor(worker: number, message: string, cause?: unknown) {
    super('DataLoader', `worker ${worker} ${message}`);
    this.worker = worker;
    if (cause !== undefined) this.cause = cause;
  }
}
