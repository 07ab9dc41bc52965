import { RushlightError } from '@rushlight/core';

/** A checkpoint that a run cannot go on from. */
export class CheckpointError extends RushlightError {
  constructor(message: string) {
    super('checkpoint', message);
  }
}
