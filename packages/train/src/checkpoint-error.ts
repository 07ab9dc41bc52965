import { RushlightError } from '@rushlight/core';

/** A checkpoint that a run cannot go on from. */
export class CheckpointError extends RushlightError {
  override readonly name = 'CheckpointError';

  constructor(message: string, { cause }: { readonly cause?: unknown } = {}) {
    super('checkpoint', message);
    if (cause !== undefined) this.cause = cause;
  }
}
