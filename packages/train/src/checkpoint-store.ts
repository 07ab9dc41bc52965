// Where checkpoints are kept: files by name. Stores differ in where, and all of them refuse the same names, so that what runs with one
// runs with all.

import { RushlightError, ValueError } from '@rushlight/core';

/** Named files, each of which is there as a whole or not at all. */
export interface CheckpointStore {
  /**
   * Puts a file in the place of one of that name. If it fails, or is cut off at any moment, the one before is still there. `bytes` may not
   * change before it resolves. Writes of a store take place in the order of their calls.
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** The bytes of a file; undefined if there is none of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** The names of all files, sorted. */
  list(): Promise<string[]>;
  /** Removes a file, if there is one of that name. */
  remove(name: string): Promise<void>;
}

/** A store that could not do what it was asked, by no fault of whoever asked. */
export class StoreError extends RushlightError {
  override readonly name = 'StoreError';
  /** What it was about. */
  readonly path: string;
  /** The system's own name for what happened, such as `ENOSPC`; empty if it has none. */
  readonly code: string;

  constructor(op: string, path: string, message: string, { code, cause }: { code: string; cause: unknown }) {
    super(op, message);
    this.path = path;
    this.code = code;
    this.cause = cause;
  }
}

const goodName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/;

/** Whether a name may be used in every store: letters, digits, `.`, `_`, `-`; at most 200, and neither `.` nor `-` first. */
export function isFileName(name: string): boolean {
  return goodName.test(name);
}

/** @internal Refuses what not every store can keep under its name. */
export function checkFileName(op: string, name: string): void {
  if (isFileName(name)) return;
  throw new ValueError(
    op,
    `${JSON.stringify(name)} cannot be the name of a file. Use letters, digits, ".", "_" and "-", at most 200, and a letter, digit or "_" first.`,
  );
}

/** @internal Refuses a file of nothing: where a page was closed at the wrong moment, that is what is left of one that never was. */
export function checkContents(op: string, name: string, bytes: Uint8Array): void {
  if (bytes.length > 0) return;
  throw new ValueError(op, `there are no bytes for ${JSON.stringify(name)}. Write what is not empty.`);
}

/** @internal Lets one thing be done after the other, in the order of the calls, whether or not they succeed. */
export function inTurn(): <T>(fn: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (fn) => {
    const result = last.then(fn);
    last = result.catch(() => undefined);
    return result;
  };
}

/** A store that lasts as long as the program: for tests, and for runs that need no other. */
export function memoryStore(): CheckpointStore {
  const files = new Map<string, Uint8Array>();
  const op = 'memoryStore';
  return {
    async write(name, bytes) {
      checkFileName(op, name);
      checkContents(op, name, bytes);
      files.set(name, bytes.slice());
    },
    async read(name) {
      checkFileName(op, name);
      return files.get(name)?.slice();
    },
    async list() {
      return [...files.keys()].toSorted();
    },
    async remove(name) {
      checkFileName(op, name);
      files.delete(name);
    },
  };
}
