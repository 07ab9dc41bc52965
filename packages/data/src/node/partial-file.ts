// What is downloaded so far lies beside its destination, under a name that no other process uses. What a killed process left
// is taken over: renaming it is atomic, so that one of several gets it.

import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

const host = hostname().replaceAll(/[^A-Za-z0-9]/g, '') || 'host';
const day = 86_400_000;

/** A name of our own for the parts of `path`, with what somebody else began and will not finish, if there is such. */
export async function claimPartial(path: string): Promise<string> {
  const folder = dirname(path);
  const own = join(folder, `.${basename(path)}.${host}-${process.pid}-${randomBytes(6).toString('hex')}.part`);
  let claimed = false;
  for (const name of await readdir(folder)) {
    const left = join(folder, name);
    if (!name.startsWith(`.${basename(path)}.`) || !name.endsWith('.part') || !(await isAbandoned(left))) continue;
    if (claimed) await rm(left, { force: true });
    // Another process may have been faster.
    else
      claimed = await rename(left, own)
        .then(() => true)
        .catch(() => false);
  }
  return own;
}

async function isAbandoned(path: string): Promise<boolean> {
  const [, where, process] = /\.([A-Za-z0-9]+)-(\d+)-[0-9a-f]+\.part$/.exec(path) ?? [];
  if (process === undefined) return false;
  if (where === host && !isRunning(Number(process))) return true;
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > day;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else runs too.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
