// Freeing by scope, for those who want it.

import { track, trackStorages, type Storage } from './device.ts';
import { freeInternal } from './dispatch.ts';
import { isPromise } from './is-promise.ts';
import { isTensor } from './is-tensor.ts';

const spared = new WeakSet<Storage>();

/** Leaves a storage to backward, whichever tidy it was made in: it may become the `.grad` of a leaf. */
export function spare(storage: Storage): void {
  spared.add(storage);
}

/**
 * Runs `fn` and frees every tensor made meanwhile, also where it throws, except those it returns (in arrays and plain objects
 * too) and the `.grad` of tensors. Tidies nest: what an inner one returns belongs to the outer one. Throws TypeError if `fn`
 * is async.
 */
export function tidy<T>(fn: () => T): T {
  const { result, made } = trackStorages((list) => {
    try {
      return fn();
    } catch (error) {
      freeAll(list, new Set());
      throw error;
    }
  });
  if (isPromise(result))
    throw new TypeError(
      'tidy: the function is async, and what it makes after an await cannot be seen. Use `using`, or a function that is not.',
    );
  const kept = new Set<Storage>();
  keep(result, kept);
  freeAll(made, kept);
  track(made.filter((storage) => kept.has(storage)));
  return result;
}

function freeAll(made: readonly Storage[], kept: ReadonlySet<Storage>): void {
  for (const storage of made)
    if (!kept.has(storage) && !spared.has(storage) && !storage.isDisposed) freeInternal(storage);
}

function keep(value: unknown, kept: Set<Storage>): void {
  if (isTensor(value)) {
    kept.add(value.storage);
    if (value.ownGrad) keep(value.ownGrad, kept);
  } else if (Array.isArray(value)) for (const item of value) keep(item, kept);
  else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) keep(item, kept);
  }
}
