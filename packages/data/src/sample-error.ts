import { RushlightError } from '@rushlight/core';

/** A sample, or a batch of them, that a data set could not give; `cause` is what it threw. */
export class SampleError extends RushlightError {
  override readonly name = 'SampleError';
  /** The numbers of the samples in the data set: one, where it is known which. */
  readonly indices: readonly number[];
  /** What the data set threw. */
  override readonly cause: unknown;

  constructor(dataset: object, indices: readonly number[], cause: unknown) {
    const most = 8;
    const shown = indices.slice(0, most).join(', ') + (indices.length > most ? ', …' : '');
    const which = indices.length === 1 ? `sample ${shown}` : `one of the samples ${shown}`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('DataLoader', `${which} of ${dataset.constructor.name} failed: ${reason}`);
    this.indices = indices;
    this.cause = cause;
  }
}

/** What `work` gives for one sample; what it throws becomes a SampleError that names it. */
export function forSample<Result>(dataset: object, index: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw failed(dataset, index, error);
  }
}

/** The error of one sample; one that names a sample already stays. */
export function failed(dataset: object, index: number, error: unknown): SampleError {
  return error instanceof SampleError ? error : new SampleError(dataset, [index], error);
}
