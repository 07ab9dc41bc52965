// A folder of a run: its configuration, its metrics, its checkpoints.

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { train } from 'rushlight';
import { ConfigError } from '../config/config-error.ts';

export const files = {
  config: 'config.json',
  metrics: 'metrics.jsonl',
  last: train.lastCheckpoint,
  best: train.bestCheckpoint,
} as const;

/** A name for a new run that is not taken: runs/digits-cnn, runs/digits-cnn-2, … */
export function newRunFolder(dataset: string, model: string): string {
  const clean = (name: string): string => basename(name).replace(/\.\w+$/, '');
  const stem = `${clean(dataset)}-${clean(model)}`;
  const taken = new Set(existsSync('runs') ? readdirSync('runs') : []);
  for (let k = 1; ; k++) {
    const name = k === 1 ? stem : `${stem}-${k}`;
    if (!taken.has(name)) return join('runs', name);
  }
}

/** Makes the folder. Throws ConfigError where that cannot be, and for one that holds a run. What a run left that saved nothing goes. */
export function makeRunFolder(folder: string): void {
  if (existsSync(join(folder, files.last))) {
    throw new ConfigError(`${folder} holds a run. Go on with \`rushlight train --resume ${folder}\`, or pass another --run-dir.`); // prettier-ignore
  }
  try {
    mkdirSync(folder, { recursive: true });
    const stale = readdirSync(folder).filter(
      (name) => name === files.metrics || name.startsWith('events.out.tfevents.'),
    );
    for (const name of stale) rmSync(join(folder, name));
  } catch (cause) {
    throw new ConfigError(`the run folder ${folder} cannot be made (${cause instanceof Error ? cause.message : String(cause)}). Pass another --run-dir.`); // prettier-ignore
  }
}

/** The checkpoint that a folder or a file means. Throws ConfigError where there is none. */
export async function findCheckpoint(
  path: string,
  which: 'last' | 'best',
): Promise<{ folder: string; path: string; bytes: Uint8Array }> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ConfigError(`${path} is not there. Pass the folder of a run, or one of its checkpoints.`);
  const file = found.isDirectory() ? join(path, files[which]) : path;
  const folder = found.isDirectory() ? path : dirname(path);
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes) {
    throw new ConfigError(`${path} has no ${files[which]}: nothing was saved before the run ended. Begin it anew.`);
  }
  return { folder, path: file, bytes };
}
