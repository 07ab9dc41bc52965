// One process trains in a run folder at a time: who does has a file there that says so.

import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../config/config-error.ts';

export const lockFile = 'training.lock';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the system counts it: a number of a process is used again. Null where the system does not say. */
  readonly began: string | null;
}

/** Says of a process when it began; undefined where there is no such process, null where the system does not say. */
function beginOf(pid: number): string | null | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // One that belongs to somebody else runs too.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // What follows the name, which is in parentheses and may hold anything: the state, and as the 20th the time.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const isGone = fields[0] === 'Z' || fields[0] === 'X';
  return isGone ? undefined : (fields[19] ?? null);
}

/** Takes the lock of a run folder, and gives what releases it. Throws ConfigError where a process that lives holds it. */
export function lockRun(folder: string): () => void {
  const path = join(folder, lockFile);
  const own: Holder = { pid: process.pid, host: hostname(), began: beginOf(process.pid) ?? null };
  const text = JSON.stringify(own);
  while (!create(path, text)) refuseOrRemove(folder, path);
  const release = (): void => {
    process.off('exit', release);
    if (contentOf(path) === text) rmSync(path, { force: true });
  };
  // Also where somebody ends the process at once.
  process.on('exit', release);
  return release;
}

/** Whether it was not there before. */
function create(path: string, text: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
  return true;
}

/** Throws ConfigError for a lock that is held; takes away one whose process is gone. */
function refuseOrRemove(folder: string, path: string): void {
  const text = contentOf(path);
  if (text === undefined) return;
  const holder = holderIn(text);
  if (holder ? isHeld(holder) : isYoung(path)) {
    const who = holder ? `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`}` : 'another process'; // prettier-ignore
    throw new ConfigError(`${folder} is being trained in by ${who}. Wait for it, stop it, or pass another --run-dir. If it is long gone, remove ${path}.`); // prettier-ignore
  }
  // Two may find a stale lock at once. Who moves away what the other has just made puts it back.
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // the other was faster
  }
  if (contentOf(aside) !== text && create(path, contentOf(aside) ?? '')) return rmSync(aside, { force: true });
  rmSync(aside, { force: true });
}

function isHeld({ pid, host, began }: Holder): boolean {
  // Of another machine nothing can be known.
  if (host !== hostname()) return true;
  const found = beginOf(pid);
  if (found === undefined) return false;
  return began === null || found === null ? pid !== process.pid : found === began;
}

/** One that is being written has nothing in it yet. */
const isYoung = (path: string): boolean => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 5000; // prettier-ignore

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function holderIn(text: string): Holder | undefined {
  try {
    const { pid, host, began } = JSON.parse(text) as Partial<Holder>;
    return Number.isInteger(pid) && pid !== undefined && host !== undefined ? { pid, host, began: began ?? null } : undefined; // prettier-ignore
  } catch {
    return undefined;
  }
}
