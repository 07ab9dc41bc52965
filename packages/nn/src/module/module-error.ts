import { RushlightError } from '@rushlight/core';

/** A module that is built in a way that would silently not work: a hidden layer, a list of layers, a name that is taken. */
export class ModuleError extends RushlightError {
  override readonly name = 'ModuleError';
}

/** A key of a state dict whose tensor has another shape than the module's. */
export interface SizeMismatch {
  readonly key: string;
  readonly given: readonly number[];
  readonly expected: readonly number[];
}

/** A state dict that does not fit a module. */
export class StateDictError extends RushlightError {
  override readonly name = 'StateDictError';
  declare readonly missingKeys: readonly string[];
  declare readonly unexpectedKeys: readonly string[];
  declare readonly sizeMismatches: readonly SizeMismatch[];

  constructor(message: string, found: Pick<StateDictError, 'missingKeys' | 'unexpectedKeys' | 'sizeMismatches'>) {
    super('loadStateDict', message);
    Object.assign(this, found);
  }
}
