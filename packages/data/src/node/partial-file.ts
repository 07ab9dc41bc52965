// What is downloaded so far lies beside its destination, under a name that no other process uses. What a download that failed or
// was stopped has kept, or a killed process left, is taken over: renaming it is atomic, so that one of several gets it.

import { createHash, randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

const host = hostname().replaceAll(/[^A-Za-z0-9]/g, '') || 'host';
const day = 86_400_000;

/** Which version of a file the bytes are of, as far as its server says: to tell whether the rest that it sends belongs to them. */
export interface Version {
  /** Of the address and of the server's ETag, hashes. */
  readonly url: string;
  readonly etag: string | undefined;
  /** The bytes of the whole file. */
  readonly total: number | undefined;
}

/** The first bytes of a file. */
export interface PartialFile {
  readonly path: string;
  /** Undefined before the first bytes have come, and of those of a killed process. */
  version: Version | undefined;
}

export function versionOf(url: string, etag: string | null, total: number | undefined): Version {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { url: hash(url), etag: etag === null ? undefined : hash(etag), total };
}

/** False if what two servers, or one at two times, say of a file cannot be true of the same bytes. */
export function agree(a: Version | undefined, b: Version): boolean {
  const differ = (x: unknown, y: unknown) => x !== undefined && y !== undefined && x !== y;
  if (!a) return true;
  return !differ(a.total, b.total) && !(a.url === b.url && differ(a.etag, b.etag));
}

/** A name of our own for the parts of `path`, with the most that somebody else has begun and will not finish. */
export async function claimPartial(path: string): Promise<PartialFile> {
  const folder = dirname(path);
  const own = join(folder, `.${basename(path)}.${host}-${process.pid}-${randomBytes(6).toString('hex')}.part`);
  const left: { at: string; size: number }[] = [];
  for (const name of await readdir(folder)) {
    const at = join(folder, name);
    if (!name.startsWith(`.${basename(path)}.`) || !name.endsWith('.part')) continue;
    if (keptVersion(name) || (await isAbandoned(at))) left.push({ at, size: await sizeOf(at) });
  }
  let claimed: PartialFile | undefined;
  for (const { at } of left.toSorted((a, b) => b.size - a.size)) {
    if (claimed) await rm(at, { force: true });
    // Another process may have been faster.
    else if (await isRenamed(at, own)) claimed = { path: own, version: keptVersion(at) };
  }
  return claimed ?? { path: own, version: undefined };
}

/** Puts it where the next call finds it, and gives its bytes; 0 where there is nothing to keep. */
export async function keepPartial(path: string, partial: PartialFile): Promise<number> {
  const size = await sizeOf(partial.path);
  const { url = '', etag = '', total = '' } = partial.version ?? {};
  const kept = join(dirname(path), `.${basename(path)}.kept-${url}-${etag}-${total}.part`);
  if (size > 0 && (await isRenamed(partial.path, kept))) return size;
  await dropPartial(partial);
  return 0;
}

/** Removes it; never fails, since it is called where something else went wrong. */
export async function dropPartial({ path }: PartialFile): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** Of a file that was kept; undefined of any other. */
function keptVersion(name: string): Version | undefined {
  const [, url, etag, total] = /\.kept-([0-9a-f]*)-([0-9a-f]*)-(\d*)\.part$/.exec(name) ?? [];
  if (url === undefined) return undefined;
  return { url, etag: etag || undefined, total: total ? Number(total) : undefined };
}

function isRenamed(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    () => false,
  );
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
