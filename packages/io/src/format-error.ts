import { RushlightError } from '@rushlight/core';

/** A file that is not what it should be: damaged, cut short, of another kind, or with contents that no tensor here can hold. */
export class FormatError extends RushlightError {
  override readonly name = 'FormatError';
}
