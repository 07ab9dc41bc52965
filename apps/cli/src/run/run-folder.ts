// A folder of a run: its configuration, its metrics, its checkpoints.

import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { train } from 'rushlight';
import { ConfigError } from '../config/config-error.ts';
import { messageOf } from '../config/message-of.ts';
import { lockRun } from './run-lock.ts';

export const files = {
  config: 'config.json',
  metrics: 'metrics.jsonl',
  last: train.lastCheckpoint,
  best: train.bestCheckpoint,
} as const;

/** A folder that this process has for itself, until it is released. */
export interface Claim {
  readonly folder: string;
  /** Lets others have it. Folders that were made for it go if nothing was written in them. */
  readonly release: () => void;
}

/** Makes and locks a folder with a name that is not taken: runs/digits-cnn, runs/digits-cnn-2, … Throws ConfigError where that cannot be. */
export function claimNextFolder(dataset: string, model: string): Claim {
  const clean = (name: string): string => basename(resolve(name)).replace(/\.\w+$/, '');
  const stem = join('runs', `${clean(dataset)}-${clean(model)}`);
  const first = writable('runs', () => mkdirSync('runs', { recursive: true }));
  for (let k = 1; ; k++) {
    const folder = k === 1 ? stem : `${stem}-${k}`;
    if (writable(folder, () => isMade(folder))) {
      const release = writable(folder, () => lockRun(folder));
      return { folder, release: () => (release(), removeEmpty(folder, first ?? folder)) };
    }
  }
}

/** Whether a folder was made; not if it was there. */
function isMade(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Makes and locks the folder of a new run. Throws ConfigError where that cannot be, where another process trains in it, and for one that
 * holds a run. What a run left that saved nothing goes.
 */
export function claimNewFolder(folder: string): Claim {
  const first = writable(folder, () => mkdirSync(folder, { recursive: true }));
  const unlock = writable(folder, () => lockRun(folder));
  const release = (): void => {
    unlock();
    if (first !== undefined) removeEmpty(folder, first);
  };
  try {
    if (existsSync(join(folder, files.last))) {
      throw new ConfigError(`${folder} holds a run. Go on with \`rushlight train --resume ${quoted(folder)}\`, or pass another --run-dir.`); // prettier-ignore
    }
    writable(folder, () => {
      const stale = readdirSync(folder).filter((name) => name === files.metrics || name.startsWith('events.out.tfevents.')); // prettier-ignore
      for (const name of stale) rmSync(join(folder, name));
    });
    return { folder, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Removes a folder that has nothing in it, and those above of which that is then true, up to the first that was made. */
function removeEmpty(folder: string, first: string): void {
  try {
    for (let path = resolve(folder); path.length >= resolve(first).length; path = dirname(path)) rmdirSync(path);
  } catch {
    // Something is in it.
  }
}

/** Locks the folder of a run that goes on. Throws ConfigError where that cannot be, or another process trains in it. */
export const claimFolder = (folder: string): Claim => ({ folder, release: writable(folder, () => lockRun(folder)) });

/** Throws ConfigError where the system refuses to write in a run folder. */
function writable<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`the run folder ${folder} cannot be written to (${messageOf(cause)}). Pass another --run-dir, or change its permissions.`); // prettier-ignore
  }
}

/** A path as a shell wants it. */
export const quoted = (path: string): string => (/[^\w./\\:-]/.test(path) ? `"${path}"` : path);

export interface FoundCheckpoint {
  readonly folder: string;
  readonly path: string;
}

/** Where the checkpoint is that a folder or a file means. Throws ConfigError where there is neither. */
export async function findCheckpoint(path: string, which: 'last' | 'best'): Promise<FoundCheckpoint> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ConfigError(`${path} is not there. Pass the folder of a run, or one of its checkpoints.`);
  return found.isDirectory() ? { folder: path, path: join(path, files[which]) } : { folder: dirname(path), path };
}

/** What a folder has where a checkpoint is looked for in vain. */
function whyNone(folder: string, path: string): string {
  const has = (name: string): boolean => existsSync(join(folder, name));
  const lacks = `${folder} has no ${basename(path)}`;
  if (has(files.last)) {
    return `${lacks}: none of its epochs is over. Go on with \`rushlight train --resume ${quoted(folder)}\`, or pass --checkpoint last.`;
  }
  if (has(files.config)) return `${lacks}: nothing was saved before the run ended. Begin it anew.`;
  return `${folder} holds no run. Pass the folder of one, or one of its checkpoints.`;
}

/** The bytes of a checkpoint. Throws ConfigError where there are none. */
export async function readCheckpoint({ folder, path }: FoundCheckpoint): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (existsSync(path)) throw new ConfigError(`${path} cannot be read (${messageOf(cause)}).`);
    throw new ConfigError(whyNone(folder, path));
  }
}
