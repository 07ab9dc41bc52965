// Checkpoints in a folder. A file is written under a name of its own, brought to the disk, and only then renamed: whoever looks sees the
// old one or the new one, also after a crash or a power cut.

import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkContents, checkFileName, inTurn, isFileName, type CheckpointStore } from '../checkpoint-store.ts';
import { codeOf, storeError } from './store-error.ts';

const op = 'folderStore';
/** No write takes this long, in milliseconds: who wrote a file that has not changed since then is gone. */
const old = 3_600_000;
const temporary = /^\.[A-Za-z0-9._-]+\.[0-9a-f-]{36}\.tmp$/;
/** Reads and writes of the system end at 2 GiB. */
const most = 2 ** 30;

/**
 * A store in a folder, which is made when something is written. What killed processes left half written is removed when the store is first
 * used, an hour after they wrote. Its methods reject with ValueError for names that not every store takes, and with StoreError,
 * naming the path, where the system refuses: no permission, a full disk, a file where a folder should be.
 *
 * @example
 * const store = folderStore('runs/first');
 * await store.write('last.safetensors', await saveSafetensors(model.stateDict()));
 */
export function folderStore(folder: string): CheckpointStore {
  const queue = inTurn();
  let swept: Promise<void> | undefined;
  const sweep = (): Promise<void> => (swept ??= removeLeftovers(folder));

  return {
    async write(name, bytes) {
      checkFileName(op, name);
      checkContents(op, name, bytes);
      await queue(async () => {
        await sweep();
        await put(folder, name, bytes);
      });
    },
    async read(name) {
      checkFileName(op, name);
      const path = join(folder, name);
      return readWhole(path).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw storeError(op, path, 'read', error);
      });
    },
    async list() {
      await sweep();
      try {
        const entries = await readdir(folder, { withFileTypes: true });
        return entries
          .flatMap((entry) => (!entry.isDirectory() && isFileName(entry.name) ? entry.name : []))
          .toSorted();
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return [];
        throw storeError(op, folder, 'listed', error);
      }
    },
    async remove(name) {
      checkFileName(op, name);
      const path = join(folder, name);
      await queue(() => rm(path, { force: true })).catch((error: unknown) => {
        throw storeError(op, path, 'removed', error);
      });
    },
  };
}

async function put(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storeError(op, folder, 'made a folder', error);
  });
  const path = join(folder, name);
  const unfinished = join(folder, `.${name.slice(0, 150)}.${randomUUID()}.tmp`);
  try {
    await writeThrough(unfinished, bytes);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw storeError(op, path, 'written', error);
  }
  await syncFolder(folder);
}

/** Writes a new file, and waits until the disk has it. */
async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Waits until the disk has the new name. Windows does so by itself and cannot be asked to. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, Math.min(size - at, most), at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

/** Where that fails, they stay: they do no harm. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const isOld = async (path: string): Promise<boolean> => Date.now() - (await stat(path)).mtimeMs > old;
  const remove = async (path: string): Promise<void> => {
    if (await isOld(path)) await rm(path, { force: true });
  };
  await Promise.all(
    names.filter((name) => temporary.test(name)).map((name) => remove(join(folder, name)).catch(() => undefined)),
  );
}
