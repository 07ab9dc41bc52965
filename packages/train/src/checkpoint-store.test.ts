import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryStore, StoreError, type CheckpointStore } from './checkpoint-store.ts';
import { JsonlWriter } from './jsonl-writer.ts';
import { appendSink } from './node/append-sink.ts';
import { folderStore } from './node/folder-store.ts';
import { opfsStore } from './opfs-store.ts';

const root = mkdtempSync(join(tmpdir(), 'rushlight-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(root, `folder-${count++}`);

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

// Node's file system as it is, but for what a test makes fail.
const failing = vi.hoisted(() => ({ call: '', code: '' }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const refuse = (): never => {
    throw Object.assign(new Error(`${failing.code}: made up`), { code: failing.code });
  };
  const maybe = <A extends unknown[], R>(call: string, fn: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => (failing.call === call ? refuse() : fn(...args)); // prettier-ignore
  return {
    ...real,
    mkdir: maybe('mkdir', real.mkdir as (path: string) => Promise<unknown>),
    rename: maybe('rename', real.rename),
    rm: maybe('rm', real.rm),
    appendFile: maybe('appendFile', real.appendFile as (path: string, data: Uint8Array) => Promise<void>),
    async open(path: string, flags: string) {
      if (failing.call === 'open' && flags === 'wx') refuse();
      const handle = await real.open(path, flags);
      if (failing.call !== 'writeFile') return handle;
      // Half of it is written before the disk is full.
      const writeFile = async (bytes: Uint8Array): Promise<never> => {
        await handle.write(bytes, 0, bytes.length >> 1);
        return refuse();
      };
      return new Proxy(handle, {
        get(target, key) {
          const value = key === 'writeFile' ? writeFile : (Reflect.get(target, key, target) as unknown);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
});
afterEach(() => void Object.assign(failing, { call: '', code: '' }));

interface FakeFolder {
  readonly kind: 'directory';
  readonly folders: ReadonlyMap<string, FakeFolder>;
  getDirectoryHandle(name: string, options: { create: boolean }): Promise<FakeFolder>;
  getFileHandle(name: string, options?: { create?: boolean }): Promise<object>;
  removeEntry(name: string): Promise<void>;
  entries(): AsyncIterable<readonly [name: string, handle: object]>;
}

/** The origin-private file system of a page, in memory, with the errors of the standard. */
function fakePage({ writes = true, quota = Infinity } = {}) {
  const error = (name: string): Error => Object.assign(new Error(`${name}: as the standard says`), { name });
  const makeFolder = (): FakeFolder => {
    const folders = new Map<string, FakeFolder>();
    const files = new Map<string, Uint8Array>();
    const fileHandle = (name: string) => ({
      kind: 'file' as const,
      async getFile() {
        const bytes = files.get(name);
        if (!bytes) throw error('NotFoundError');
        return { size: bytes.length, arrayBuffer: async () => bytes.slice().buffer };
      },
      ...(writes && {
        async createWritable() {
          let written = new Uint8Array();
          let isOpen = true;
          return {
            async write(bytes: Uint8Array) {
              if (bytes.length > quota) throw error('QuotaExceededError');
              written = bytes.slice();
            },
            async close() {
              if (!isOpen) throw error('TypeError');
              isOpen = false;
              files.set(name, written);
            },
            async abort() {
              isOpen = false;
            },
          };
        },
      }),
    });
    return {
      kind: 'directory' as const,
      folders,
      async getDirectoryHandle(name: string, { create }: { create: boolean }) {
        if (!folders.has(name) && !create) throw error('NotFoundError');
        if (!folders.has(name)) folders.set(name, makeFolder());
        return folders.get(name)!;
      },
      async getFileHandle(name: string, { create = false } = {}) {
        if (!files.has(name) && !create) throw error('NotFoundError');
        if (!files.has(name)) files.set(name, new Uint8Array());
        return fileHandle(name);
      },
      async removeEntry(name: string) {
        if (!files.delete(name)) throw error('NotFoundError');
      },
      async *entries() {
        for (const name of folders.keys()) yield [name, folders.get(name)!] as const;
        for (const name of files.keys()) yield [name, fileHandle(name)] as const;
      },
    };
  };
  const top = makeFolder();
  vi.stubGlobal('navigator', { storage: { getDirectory: async () => top } });
  return top;
}
afterEach(() => vi.unstubAllGlobals());

describe.each([
  ['memoryStore', () => memoryStore()],
  ['folderStore', () => folderStore(fresh())],
  ['opfsStore', () => (fakePage(), opfsStore('run'))],
] as const)('%s', (op, make: () => CheckpointStore) => {
  let store: CheckpointStore;
  beforeEach(() => void (store = make()));

  test('begins empty', async () => {
    expect(await store.list()).toEqual([]);
    expect(await store.read('a')).toBeUndefined();
    await store.remove('a');
  });

  test('does as a map would', async () => {
    const name = fc.constantFrom('a', 'b.safetensors', 'C-1', '_x');
    const action = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), name, bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }) }),
      fc.record({ kind: fc.constantFrom('read' as const, 'remove' as const), name }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 12 }), async (actions) => {
        const tried = make();
        const model = new Map<string, Uint8Array>();
        for (const one of actions) {
          if (one.kind === 'write') {
            await tried.write(one.name, one.bytes);
            model.set(one.name, one.bytes);
          } else if (one.kind === 'remove') {
            await tried.remove(one.name);
            model.delete(one.name);
          }
          expect(await tried.read(one.name)).toEqual(model.get(one.name));
          expect(await tried.list()).toEqual([...model.keys()].toSorted());
        }
      }),
      { numRuns: 30 },
    );
  });

  test('holds copies, and plain arrays of bytes', async () => {
    const bytes = Uint8Array.from([9, 1, 2, 3, 9]);
    await store.write('a', bytes.subarray(1, 4));
    bytes.fill(0);
    const found = await store.read('a');
    expect(found).toEqual(Uint8Array.from([1, 2, 3]));
    expect(found!.constructor).toBe(Uint8Array);
    found!.fill(0);
    expect(await store.read('a')).toEqual(Uint8Array.from([1, 2, 3]));
  });

  test('the last of several writes stays, also where nobody waits', async () => {
    const texts = Array.from({ length: 8 }, (_, k) => String(k).repeat(8 - k));
    await Promise.all(texts.map((text) => store.write('a', bytesOf(text))));
    expect(textOf(await store.read('a'))).toBe('7');
    expect(await store.list()).toEqual(['a']);
  });

  test.each(['', '.', '..', '../a', 'a/b', 'a\\b', '.hidden', '-rf', 'a b', 'ä', 'a\0', 'a'.repeat(201)])(
    'refuses the name %j',
    async (name) => {
      const message = `${op}: ${JSON.stringify(name)} cannot be the name of a file. Use letters, digits, ".", "_" and "-"`;
      await expect(store.write(name, bytesOf('a'))).rejects.toThrow(message);
      await expect(store.read(name)).rejects.toThrow(message);
      await expect(store.remove(name)).rejects.toThrow(message);
    },
  );

  test('takes the longest name that there is, and refuses nothing to write', async () => {
    await store.write('a'.repeat(200), bytesOf('a'));
    expect(await store.list()).toEqual(['a'.repeat(200)]);
    await expect(store.write('a', new Uint8Array())).rejects.toThrow(
      `${op}: there are no bytes for "a". Write what is not empty.`,
    );
  });
});

describe('folderStore', () => {
  /** What it was refused with. */
  const refusal = async (doing: Promise<unknown>): Promise<{ code: string; message: string }> => {
    const error: unknown = await doing.catch((e: unknown) => e);
    if (!(error instanceof StoreError && error.cause instanceof Error)) throw error ?? new Error('nothing was refused');
    return { code: error.code, message: error.message };
  };
  const because = (code: string, message: string) => ({ code, message: `folderStore: ${message}` });

  test('makes its folder only when it writes', async () => {
    const folder = join(fresh(), 'a', 'b');
    const store = folderStore(folder);
    await store.list();
    await store.read('a');
    expect(existsSync(folder)).toBe(false);
    await store.write('a', bytesOf('1'));
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test('lists files of a good name alone', async () => {
    const folder = fresh();
    mkdirSync(join(folder, 'sub'), { recursive: true });
    for (const name of ['b', 'a', '.hidden', 'with space']) writeFileSync(join(folder, name), 'x');
    expect(await folderStore(folder).list()).toEqual(['a', 'b']);
  });

  test.each([
    ['writeFile', 'ENOSPC', 'the disk is full. Free some of it, or use another folder.'],
    ['writeFile', 'EDQUOT', 'the disk quota is used up. Free some of it, or use another folder.'],
    ['open', 'EROFS', 'the file system is read-only. Use another folder.'],
    ['open', 'EACCES', 'there is no permission. Use another folder, or change its permissions.'],
    ['rename', 'EPERM', 'there is no permission. Use another folder, or change its permissions.'],
    ['rename', 'EIO', 'EIO: made up. Check the path.'],
  ])('where %s fails with %s the file before is untouched, and nothing is left behind', async (call, code, why) => {
    const folder = fresh();
    const store = folderStore(folder);
    await store.write('a', bytesOf('before'));
    Object.assign(failing, { call, code });
    expect(await refusal(store.write('a', bytesOf('after, and longer')))).toEqual(
      because(code, `${join(folder, 'a')} cannot be written: ${why}`),
    );
    expect(readdirSync(folder)).toEqual(['a']);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('before');
    failing.call = '';
    await store.write('a', bytesOf('again'));
    expect(textOf(await store.read('a'))).toBe('again');
  });

  test('names a folder that cannot be made, or is a file', async () => {
    const folder = fresh();
    writeFileSync(folder, 'a file');
    const a = join(folder, 'a');
    expect(await refusal(folderStore(folder).write('a', bytesOf('1')))).toEqual(
      because('EEXIST', `${folder} cannot be made a folder: it is a file. Use another folder.`),
    );
    const inside = join(folder, 'inside');
    const notFolder = 'a part of the path is a file. Use another folder.';
    expect(await refusal(folderStore(inside).write('a', bytesOf('1')))).toEqual(
      because('ENOTDIR', `${inside} cannot be made a folder: ${notFolder}`),
    );
    expect(await refusal(folderStore(folder).list())).toEqual(
      because('ENOTDIR', `${folder} cannot be listed: ${notFolder}`),
    );
    expect(await refusal(folderStore(folder).read('a'))).toEqual(
      because('ENOTDIR', `${a} cannot be read: ${notFolder}`),
    );
    expect(await refusal(folderStore(folder).remove('a'))).toEqual(
      because('ENOTDIR', `${a} cannot be removed: ${notFolder}`),
    );
    Object.assign(failing, { call: 'mkdir', code: 'EROFS' });
    const other = fresh();
    expect(await refusal(folderStore(other).write('a', bytesOf('1')))).toEqual(
      because('EROFS', `${other} cannot be made a folder: the file system is read-only. Use another folder.`),
    );
    expect(readFileSync(folder, 'utf8')).toBe('a file');
  });

  test('names a folder where a file should be', async () => {
    const folder = fresh();
    mkdirSync(join(folder, 'a'), { recursive: true });
    const path = join(folder, 'a');
    expect(await refusal(folderStore(folder).read('a'))).toEqual(
      because('EISDIR', `${path} cannot be read: it is a folder. Use another name.`),
    );
    expect(await refusal(folderStore(folder).write('a', bytesOf('1')))).toEqual(
      because('EISDIR', `${path} cannot be written: it is a folder. Use another name.`),
    );
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('a folder without permission', async () => {
    const folder = fresh();
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    const why = 'there is no permission. Use another folder, or change its permissions.';
    expect(await refusal(folderStore(folder).write('a', bytesOf('1')))).toEqual(
      because('EACCES', `${join(folder, 'a')} cannot be written: ${why}`),
    );
  });

  test('removes old leftovers of others, and nothing else', async () => {
    const folder = fresh();
    mkdirSync(folder);
    const leftover = (name: string, minutes: number): string => {
      const path = join(folder, name);
      writeFileSync(path, 'half');
      const then = new Date(Date.now() - minutes * 60_000);
      utimesSync(path, then, then);
      return name;
    };
    const id = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';
    leftover(`.last.safetensors.${id}.tmp`, 61);
    leftover(`.a.${id}.tmp`, 100_000);
    const kept = [
      leftover(`.b.${id}.tmp`, 59),
      leftover('.mine.tmp', 100_000),
      leftover('.gitignore', 100_000),
      leftover('a', 100_000),
      leftover(`a.${id}.tmp`, 100_000),
    ];
    await folderStore(folder).list();
    expect(readdirSync(folder).toSorted()).toEqual(kept.toSorted());
  });

  test('leftovers that cannot be removed do not matter', async () => {
    const folder = fresh();
    mkdirSync(folder);
    const path = join(folder, '.a.aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee.tmp');
    writeFileSync(path, 'half');
    utimesSync(path, 0, 0);
    Object.assign(failing, { call: 'rm', code: 'EACCES' });
    expect(await folderStore(folder).list()).toEqual([]);
  });
});

describe('appendSink', () => {
  test('makes folder and file, and adds at the end in order', async () => {
    const path = join(fresh(), 'a', 'log.jsonl');
    const log = new JsonlWriter(appendSink(path));
    await Promise.all(Array.from({ length: 20 }, (_, step) => log.write({ step })));
    await new JsonlWriter(appendSink(path)).write('again');
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      ...Array.from({ length: 20 }, (_, step) => ({ step })),
      'again',
    ]);
  });

  test('names a path that cannot be written', async () => {
    const file = fresh();
    writeFileSync(file, '');
    await expect(appendSink(join(file, 'log')).append(bytesOf('1'))).rejects.toThrow(
      `appendSink: ${join(file, 'log')} cannot be appended to: it is a file. Use another folder.`,
    );
    await expect(appendSink(root).append(bytesOf('1'))).rejects.toThrow(
      `appendSink: ${root} cannot be appended to: it is a folder. Use another name.`,
    );
    Object.assign(failing, { call: 'appendFile', code: 'ENOSPC' });
    await expect(appendSink(`${file}-2`).append(bytesOf('1'))).rejects.toThrow(
      `${file}-2 cannot be appended to: the disk is full.`,
    );
  });
});

describe('opfsStore', () => {
  test('says where there is no such file system', async () => {
    vi.stubGlobal('navigator', {});
    const store = opfsStore('run');
    const message =
      'opfsStore: there is no file system of the page here: it needs a browser, and a page of https or localhost. Use memoryStore(), or another browser.';
    for (const doing of [
      () => store.list(),
      () => store.read('a'),
      () => store.write('a', bytesOf('1')),
      () => store.remove('a'),
    ]) {
      const error: unknown = await doing().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(StoreError);
      expect((error as Error).message).toBe(message);
    }
    vi.stubGlobal('navigator', undefined);
    await expect(store.list()).rejects.toThrow(message);
  });

  test('says where a browser cannot write', async () => {
    fakePage({ writes: false });
    await expect(opfsStore('run').write('a', bytesOf('1'))).rejects.toThrow(
      'opfsStore: this browser cannot write to its file system from here. Use memoryStore(), or another browser.',
    );
    expect(await opfsStore('run').list()).toEqual([]);
  });

  test('where there is no room the file before is untouched', async () => {
    const top = fakePage({ quota: 10 });
    const store = opfsStore('run');
    await store.write('a', bytesOf('before'));
    for (const name of ['a', 'b']) {
      const error: unknown = await store.write(name, bytesOf('more than there is room for')).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(StoreError);
      expect((error as StoreError).code).toBe('QuotaExceededError');
      expect((error as Error).message).toBe(
        `opfsStore: there is no room for run/${name}. Remove older files, or free some of the disk.`,
      );
    }
    expect([textOf(await store.read('a')), await store.read('b'), await store.list()]).toEqual([
      'before',
      undefined,
      ['a'],
    ]);
    expect([...top.folders.keys()]).toEqual(['run']);
  });

  test('a folder of a name that cannot be is refused', () => {
    expect(() => opfsStore('a/b')).toThrow('opfsStore: "a/b" cannot be the name of a file.');
  });
});
