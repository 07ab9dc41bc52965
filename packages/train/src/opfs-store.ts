// Checkpoints in a browser: files of the page's own origin, which no other sees. https://fs.spec.whatwg.org

import {
  checkContents,
  checkFileName,
  inTurn,
  isFileName,
  StoreError,
  type CheckpointStore,
} from './checkpoint-store.ts';

// What is used of the File System standard: engines differ in what they have.
interface Writable {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

interface FileHandle {
  readonly kind: 'file';
  getFile(): Promise<{ readonly size: number; arrayBuffer(): Promise<ArrayBuffer> }>;
  createWritable?(): Promise<Writable>;
}

interface FolderHandle {
  readonly kind: 'directory';
  getDirectoryHandle(name: string, options: { readonly create: boolean }): Promise<FolderHandle>;
  getFileHandle(name: string, options?: { readonly create: boolean }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
  entries(): AsyncIterable<[name: string, handle: FileHandle | FolderHandle]>;
}

interface Page {
  readonly navigator?: { readonly storage?: { getDirectory?(): Promise<FolderHandle> } };
}

const op = 'opfsStore';

const nameOf = (cause: unknown): string => (cause instanceof Error ? cause.name : '');

function storeError(path: string, what: string, cause?: unknown): StoreError {
  const code = nameOf(cause);
  if (code === 'QuotaExceededError') {
    return new StoreError(op, path, `there is no room for ${path}. Remove older files, or free some of the disk.`, {
      code,
      cause,
    });
  }
  const reason = cause === undefined ? '' : ` (${cause instanceof Error ? cause.message : String(cause)})`;
  return new StoreError(op, path, `${what}${reason}. Use memoryStore(), or another browser.`, { code, cause });
}

/**
 * A store in a folder of the page's origin-private file system, which is made when something is written. What is written takes the
 * place of the file before when it is complete. Its methods reject with ValueError for names that not every store takes, and with StoreError where
 * the browser has no such file system, cannot write to it, or has no room.
 * https://developer.mozilla.org/docs/Web/API/File_System_API/Origin_private_file_system
 *
 * @example
 * const store = opfsStore('my-run');
 * await store.write('last.safetensors', await saveSafetensors(model.stateDict()));
 */
export function opfsStore(folder: string): CheckpointStore {
  checkFileName(op, folder);
  const queue = inTurn();

  async function open(create: boolean): Promise<FolderHandle | undefined> {
    const { storage } = (globalThis as Page).navigator ?? {};
    if (!storage?.getDirectory) {
      throw storeError(
        folder,
        'there is no file system of the page here: it needs a browser, and a page of https or localhost',
      );
    }
    try {
      return await (await storage.getDirectory()).getDirectoryHandle(folder, { create });
    } catch (error) {
      if (nameOf(error) === 'NotFoundError') return undefined;
      throw storeError(folder, `${folder} cannot be opened`, error);
    }
  }

  async function find(name: string): Promise<Uint8Array | undefined> {
    try {
      const handle = await (await open(false))?.getFileHandle(name);
      const bytes = new Uint8Array((await (await handle?.getFile())?.arrayBuffer()) ?? new ArrayBuffer(0));
      return bytes.length > 0 ? bytes : undefined;
    } catch (error) {
      if (nameOf(error) === 'NotFoundError') return undefined;
      throw error instanceof StoreError
        ? error
        : storeError(`${folder}/${name}`, `${folder}/${name} cannot be read`, error);
    }
  }

  async function put(name: string, bytes: Uint8Array): Promise<void> {
    const path = `${folder}/${name}`;
    const handle = await (await open(true))?.getFileHandle(name, { create: true });
    if (!handle?.createWritable) throw storeError(path, 'this browser cannot write to its file system from here');
    const writable = await handle.createWritable();
    try {
      await writable.write(bytes);
    } catch (error) {
      await writable.abort().catch(() => undefined);
      throw error;
    }
    // Only this puts what was written in the place of what was there.
    await writable.close();
  }

  return {
    async write(name, bytes) {
      checkFileName(op, name);
      checkContents(op, name, bytes);
      await queue(() => put(name, bytes)).catch((error: unknown) => {
        throw error instanceof StoreError
          ? error
          : storeError(`${folder}/${name}`, `${folder}/${name} cannot be written`, error);
      });
    },
    async read(name) {
      checkFileName(op, name);
      return find(name);
    },
    async list() {
      const handle = await open(false);
      const names: string[] = [];
      for await (const [name, entry] of handle?.entries() ?? []) {
        // An empty one is what a page left that was closed while it wrote its first.
        if (entry.kind === 'file' && isFileName(name) && (await entry.getFile()).size > 0) names.push(name);
      }
      return names.toSorted();
    },
    async remove(name) {
      checkFileName(op, name);
      await queue(async () => (await open(false))?.removeEntry(name)).catch((error: unknown) => {
        if (nameOf(error) === 'NotFoundError') return;
        throw error instanceof StoreError
          ? error
          : storeError(`${folder}/${name}`, `${folder}/${name} cannot be removed`, error);
      });
    },
  };
}
