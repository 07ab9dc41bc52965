import { RushlightError } from '@rushlight/core';

/** A file that is not what it should be: damaged, cut short, or of another kind. */
export class FormatError extends RushlightError {
  override readonly name = 'FormatError';
}
