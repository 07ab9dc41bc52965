import { nn, train } from 'rushlight';
import { ConfigError } from '../config/config-error.ts';
import type { Model } from './built-in.ts';

/**
 * Gives a model the weights of a checkpoint; `name` is what `--model` said. Throws ConfigError where they are those of another, which a
 * file may hold by now.
 */
export function loadTrained(model: Model, name: string, bytes: Uint8Array, path: string): void {
  try {
    model.loadStateDict(train.loadWeights(bytes, path));
  } catch (cause) {
    if (!(cause instanceof nn.StateDictError)) throw cause;
    const { missingKeys, unexpectedKeys, sizeMismatches } = cause;
    const differences = [
      ...missingKeys.map((key) => `${key} is new`),
      ...unexpectedKeys.map((key) => `${key} is gone`),
      ...sizeMismatches.map(({ key }) => `${key} has another shape`),
    ];
    throw new ConfigError(`the model ${name} is not the one that was trained: ${differences.join(', ')}. Bring it back as it was, or begin a new run.`, { cause }); // prettier-ignore
  }
}
