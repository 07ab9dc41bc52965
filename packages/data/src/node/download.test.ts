import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheFolder } from './cache-folder.ts';
import { DownloadError } from './download-error.ts';
import { downloadFile, type DownloadProgress } from './download-file.ts';
import { downloadSet } from './download-set.ts';
import { FashionMNIST, MNIST } from './mnist.ts';

const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) >> 3));
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

let folder: string;
let path: string;
let server: Server;
let base: string;
/** What each path answers, and what was asked. */
let answers: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
let asked: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'download '));
  path = join(folder, 'sets', 'file.gz');
  answers = new Map();
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.url}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    const answer = answers.get(request.url ?? '');
    if (answer) answer(request, response);
    else response.writeHead(404).end('no');
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => void server.close(done));
  await rm(folder, { recursive: true, force: true });
});

const whole = (bytes: Uint8Array) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
/** How far the download says it is. */
let received = 0;
/** Waits for the download to have so much: what nobody has read is lost when a connection breaks. On a busy machine that may be so. */
const has = async (bytes: number) => {
  for (let k = 0; received < bytes && k < 200; k++) await new Promise((done) => setTimeout(done, 5));
};
/** Breaks the connection after so many bytes of each answer; knows ranges. */
const breaking = (bytes: Uint8Array, after: number) => (request: IncomingMessage, response: ServerResponse) => {
  const begin = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
  const rest = bytes.subarray(begin);
  if (begin > 0) {
    const range = `bytes ${begin}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-length': rest.length, 'content-range': range });
  } else response.writeHead(200, { 'content-length': rest.length });
  if (rest.length <= after) response.end(rest);
  else response.write(rest.subarray(0, after), () => void has(begin + after).then(() => response.destroy()));
};
const get = (urls: string[], options: Partial<Parameters<typeof downloadFile>[1]> = {}) => {
  const onProgress = (progress: DownloadProgress) => {
    ({ received } = progress);
    options.onProgress?.(progress);
  };
  received = 0;
  return downloadFile('test', { path, urls: urls.map((url) => base + url), md5: md5(content), ...options, onProgress });
};
const failure = async (work: Promise<unknown>): Promise<DownloadError> => {
  const error: unknown = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DownloadError);
  return error as DownloadError;
};
const left = () => readdir(join(folder, 'sets'));

describe('downloadFile', () => {
  test('puts the file in its place and tells how far it is', async () => {
    answers.set('/a', whole(content));
    const seen: DownloadProgress[] = [];
    await get(['/a'], { onProgress: (progress) => seen.push(progress) });
    expect(await readFile(path)).toEqual(content);
    expect(await left()).toEqual(['file.gz']);
    expect(seen.at(-1)).toEqual({ file: 'file.gz', received: content.length, total: content.length });
    expect(seen.map(({ received }) => received)).toEqual(
      seen.map(({ received }) => received).toSorted((a, b) => a - b),
    );
  });

  test('goes on after broken connections where it was', async () => {
    answers.set('/a', breaking(content, 130_000));
    await get(['/a']);
    expect(await readFile(path)).toEqual(content);
    // More often on a busy machine, where a break loses what nobody has read yet.
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(asked[0]).toBe('/a');
    expect(asked.at(-1)).toMatch(/^\/a bytes=[1-9]\d*-$/);
  });

  test('goes on at the next mirror with what the first one gave', async () => {
    let times = 0;
    answers.set('/a', (request, response) =>
      times++ > 0 ? response.destroy() : breaking(content, 100_000)(request, response),
    );
    answers.set('/b', breaking(content, 1e9));
    await get(['/a', '/b']);
    expect(await readFile(path)).toEqual(content);
    expect(asked.at(-1)).toMatch(/^\/b bytes=[1-9]\d*-$/);
  });

  test('begins anew where a server knows no ranges', async () => {
    let times = 0;
    answers.set('/a', (request, response) =>
      (times++ > 0 ? whole(content) : breaking(content, 100_000))(request, response),
    );
    await get(['/a']);
    expect(await readFile(path)).toEqual(content);
  });

  test('tries the next mirror after a 404, a wrong checksum, and no server at all', async () => {
    answers.set('/wrong', whole(Buffer.from('<html>Sign in</html>')));
    answers.set('/right', whole(content));
    await downloadFile('test', {
      path,
      urls: ['http://127.0.0.1:1/x', `${base}/missing`, `${base}/wrong`, `${base}/right`],
      md5: md5(content),
    });
    expect(asked).toEqual(['/missing', '/wrong', '/right']);
    expect(await left()).toEqual(['file.gz']);
  });

  test('says what each mirror did where none works, and leaves nothing', async () => {
    answers.set('/wrong', whole(Buffer.from('no')));
    const error = await failure(get(['/missing', '/wrong']));
    expect(error.reason).toBe('checksum');
    expect(error.message).toBe(
      `test: file.gz could not be downloaded (${base}/missing: the server answered 404 Not Found; ${base}/wrong: the MD5 of what came is ${md5(Buffer.from('no'))}, not ${md5(content)}). Try again later, or put the file into ${join(folder, 'sets')}.`,
    );
    expect(await left()).toEqual([]);
    expect((await failure(get(['/missing']))).reason).toBe('network');
  });

  /** Sends the first bytes, then nothing; knows ranges and goes on with `more`. */
  const stuck =
    (bytes: Uint8Array, more: number, headers = {}) =>
    (request: IncomingMessage, response: ServerResponse) => {
      const begin = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
      const range = { 'content-range': `bytes ${begin}-${bytes.length - 1}/${bytes.length}` };
      const length = { 'content-length': bytes.length - begin };
      response.writeHead(begin > 0 ? 206 : 200, { ...headers, ...length, ...(begin > 0 && range) });
      if (begin + more < bytes.length) response.write(bytes.subarray(begin, begin + more));
      else response.end(bytes.subarray(begin));
    };
  /** Downloads until `bytes` are there, and is stopped. */
  const stopAt = (bytes: number, urls: string[]) => {
    const controller = new AbortController();
    const onProgress = ({ received }: DownloadProgress) => void (received >= bytes && controller.abort());
    return failure(get(urls, { signal: controller.signal, onProgress }));
  };

  test('says that nothing comes, and keeps what came for the next call', async () => {
    answers.set('/slow', (request, response) => stuck(content, request.headers.range ? 0 : 100_000)(request, response));
    const error = await failure(get(['/slow'], { idle: 300 }));
    expect(error.reason).toBe('network');
    expect(error.message).toContain(
      '/slow: nothing came for 0.3 seconds); 100,000 of 300,000 bytes came and are kept. Try again to go on from there, or put the file into ',
    );
    asked = [];
    answers.set('/slow', breaking(content, 1e9));
    await get(['/slow']);
    expect(asked).toEqual(['/slow bytes=100000-']);
    expect([await readFile(path), await left()]).toEqual([content, ['file.gz']]);
  });

  test('stops when told, in the middle, and goes on from there', async () => {
    answers.set('/a', stuck(content, 50_000, { etag: '"1"' }));
    const error = await stopAt(50_000, ['/a']);
    expect([error.reason, error.message]).toEqual([
      'stopped',
      'test: the download of file.gz was stopped at 50,000 of 300,000 bytes, which are kept. Start it again to go on from there.',
    ]);
    expect(await left()).toHaveLength(1);
    // And once more.
    expect((await stopAt(100_000, ['/a'])).message).toContain('stopped at 100,000 of 300,000 bytes');
    expect(await left()).toHaveLength(1);
    answers.set('/a', stuck(content, 1e9, { etag: '"1"' }));
    await get(['/a']);
    expect(asked).toEqual(['/a', '/a bytes=50000-', '/a bytes=100000-']);
    expect([await readFile(path), await left()]).toEqual([content, ['file.gz']]);
  });

  test('what onProgress throws is what it rejects with: no server is asked again, and what came is kept', async () => {
    answers.set('/a', stuck(content, 50_000));
    const cause = new TypeError('no bar');
    const onProgress = ({ received }: DownloadProgress) => {
      if (received >= 50_000) throw cause;
    };
    await expect(get(['/a', '/b'], { onProgress })).rejects.toBe(cause);
    answers.set('/a', stuck(content, 1e9));
    await get(['/a']);
    expect(asked).toEqual(['/a', '/a bytes=50000-']);
    expect([await readFile(path), await left()]).toEqual([content, ['file.gz']]);
  });

  test('stops before it began, and keeps nothing', async () => {
    const error = await failure(get(['/slow'], { signal: AbortSignal.abort() }));
    expect([error.reason, error.message]).toEqual([
      'stopped',
      'test: the download of file.gz was stopped. Start it again to have it.',
    ]);
    expect([asked, await left()]).toEqual([[], []]);
  });

  describe('what was kept is not gone on with', () => {
    const other = Buffer.alloc(300_000, 7);
    const keepOther = async (headers: object) => {
      answers.set('/a', stuck(other, 50_000, headers));
      await stopAt(50_000, ['/a']);
      asked = [];
    };

    test('where the server has another version by now', async () => {
      await keepOther({ etag: '"old"' });
      answers.set('/a', stuck(content, 1e9, { etag: '"new"' }));
      await get(['/a']);
      expect(asked).toEqual(['/a bytes=50000-', '/a']);
      expect([await readFile(path), await left()]).toEqual([content, ['file.gz']]);
    });

    test('where its file has another length', async () => {
      answers.set('/a', stuck(Buffer.alloc(310_000), 50_000));
      await stopAt(50_000, ['/a']);
      answers.set('/b', stuck(content, 1e9));
      await get(['/b']);
      expect(asked).toEqual(['/a', '/b bytes=50000-', '/b']);
      expect(await readFile(path)).toEqual(content);
    });

    test('where it knows no ranges', async () => {
      await keepOther({});
      answers.set('/a', whole(content));
      await get(['/a']);
      expect(asked).toEqual(['/a bytes=50000-']);
      expect(await readFile(path)).toEqual(content);
    });

    test('where its checksum is wrong in the end: it is removed', async () => {
      await keepOther({});
      answers.set('/a', stuck(other, 1e9));
      const error = await failure(get(['/a']));
      expect([error.reason, await left()]).toEqual(['checksum', []]);
      expect(error.message).not.toContain('kept');
      expect(asked).toEqual(['/a bytes=50000-', '/a']);
    });
  });

  test('of several that were stopped at once the next call takes the longest', async () => {
    answers.set('/a', stuck(content, 50_000));
    answers.set('/b', stuck(content, 80_000));
    await Promise.all([stopAt(50_000, ['/a']), stopAt(80_000, ['/b'])]);
    answers.set('/a', stuck(content, 1e9));
    asked = [];
    await get(['/a']);
    expect([asked, await left()]).toEqual([['/a bytes=80000-'], ['file.gz']]);
    expect(await readFile(path)).toEqual(content);
  });

  test('says where it cannot write', async () => {
    await writeFile(join(folder, 'sets'), 'a file');
    const error = await failure(get(['/a']));
    expect(error.reason).toBe('disk');
    expect(error.message).toMatch(/^test: .*file\.gz cannot be written \(EEXIST.*\)\. Make room, or choose a folder/);
    await rm(join(folder, 'sets'));

    // The folder goes away while the file comes.
    answers.set('/gone', (request, response) => {
      void rm(join(folder, 'sets'), { recursive: true }).then(() => whole(content)(request, response));
    });
    answers.set('/other', whole(content));
    expect((await failure(get(['/gone', '/other']))).reason).toBe('disk');
    expect(asked).toEqual(['/gone']);
  });

  describe('what others left', () => {
    const host = hostname().replaceAll(/[^A-Za-z0-9]/g, '') || 'host';
    const leave = async (pid: number, bytes: Uint8Array, id = 'ab12') => {
      await mkdir(join(folder, 'sets'), { recursive: true });
      const name = `.file.gz.${host}-${pid}-${id}.part`;
      await writeFile(join(folder, 'sets', name), bytes);
      return name;
    };
    const dead = () => spawnSync(process.execPath, ['--version']).pid;

    test('a killed process: continues it, and cleans up', async () => {
      answers.set('/a', breaking(content, 1e9));
      const pid = dead();
      await leave(pid, content.subarray(0, 200_000));
      await leave(pid, content.subarray(0, 200_000), 'cd34');
      await get(['/a']);
      expect(asked).toEqual(['/a bytes=200000-']);
      expect([await readFile(path), await left()]).toEqual([content, ['file.gz']]);
    });

    test('a killed process that had other bytes, or all of them', async () => {
      answers.set('/a', breaking(content, 1e9));
      await leave(dead(), Buffer.alloc(1000, 7));
      await get(['/a']);
      expect(asked).toEqual(['/a bytes=1000-', '/a']);
      expect(await readFile(path)).toEqual(content);

      await rm(path);
      asked = [];
      answers.set('/a', (_, response) => void response.writeHead(416).end());
      await leave(dead(), content);
      await get(['/a']);
      expect([asked, await readFile(path)]).toEqual([[`/a bytes=${content.length}-`], content]);
    });

    test('a running process: lets it be, unless it is a day old', async () => {
      answers.set('/a', breaking(content, 1e9));
      const name = await leave(process.pid, content.subarray(0, 200_000));
      await get(['/a']);
      expect(asked).toEqual(['/a']);
      expect(await left()).toEqual([name, 'file.gz']);
      await utimes(join(folder, 'sets', name), new Date(0), new Date(0));
      await get(['/a']);
      expect([asked[1], await left()]).toEqual(['/a bytes=200000-', ['file.gz']]);
    });
  });

  test('a server that packs the file once more is passed over', async () => {
    answers.set(
      '/packed',
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(content)),
    );
    answers.set('/a', whole(content));
    await get(['/packed', '/a']);
    expect(asked).toEqual(['/packed', '/a']);
    expect(await readFile(path)).toEqual(content);
  });

  test('several at once do not spoil each other', async () => {
    answers.set('/a', breaking(content, 160_000));
    await Promise.all([get(['/a']), get(['/a']), get(['/a'])]);
    expect([await readFile(path), await left()]).toEqual([content, ['file.gz']]);
  });
});

describe('MNIST.download', () => {
  const images = gzipSync(Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9]));
  const labels = gzipSync(Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 1, 3]));
  const files = { 'train-images-idx3-ubyte.gz': md5(images), 't10k-labels-idx1-ubyte.gz': md5(labels) };
  const set = { name: 'Small', classes: [], mirrors: [], files };

  test('gets the files that are not there, of one split if wanted', async () => {
    answers.set('/m/train-images-idx3-ubyte.gz', whole(images));
    answers.set('/m/t10k-labels-idx1-ubyte.gz', whole(labels));
    await downloadSet(set, folder, { mirrors: [`${base}/m`], train: false });
    expect(await readdir(folder)).toEqual(['t10k-labels-idx1-ubyte.gz']);
    await downloadSet(set, folder, { mirrors: [`${base}/m/`] });
    await downloadSet(set, folder, { mirrors: [`${base}/m/`] });
    expect(asked).toEqual(['/m/t10k-labels-idx1-ubyte.gz', '/m/train-images-idx3-ubyte.gz']);
    await rm(join(folder, 'train-images-idx3-ubyte.gz'));
    await writeFile(join(folder, 'train-images.idx3-ubyte'), 'unpacked');
    await downloadSet(set, folder, { mirrors: [`${base}/m/`] });
    expect(asked.length).toBe(2);
  });

  test('refuses no mirrors at all', async () => {
    await expect(MNIST.download(folder, { mirrors: [] })).rejects.toThrow(
      'MNIST: mirrors is empty. Pass an address, or leave it out.',
    );
  });

  test('never replaces a file of another set', async () => {
    await writeFile(join(folder, 'train-images-idx3-ubyte.gz'), images);
    await expect(FashionMNIST.download(folder, { mirrors: [base] })).rejects.toThrow(
      `FashionMNIST: ${join(folder, 'train-images-idx3-ubyte.gz')} is damaged or of another set: its MD5 is ${md5(images)}, not 8d4fb7e6c68d591d4c3dfef9ec88bf0d. Remove it, or choose another folder.`,
    );
    expect((await stat(join(folder, 'train-images-idx3-ubyte.gz'))).size).toBe(images.length);
    expect(asked).toEqual([]);
  });

  test('load downloads if it is told to, and says who refused', async () => {
    await expect(MNIST.load(folder)).rejects.toThrow('MNIST: ');
    const error = await failure(MNIST.load(folder, { download: { mirrors: [base] } }));
    expect(error.message).toContain(`MNIST: train-images-idx3-ubyte.gz could not be downloaded (${base}/train-images`);
    await expect(FashionMNIST.load(folder, { train: false })).rejects.toThrow(
      `FashionMNIST: ${folder} has none of t10k-images`,
    );
    expect([MNIST.classes[3], FashionMNIST.classes[9]]).toEqual(['3 - three', 'Ankle boot']);
  });

  test('the cache folder follows the environment', () => {
    const before = process.env.RUSHLIGHT_CACHE;
    process.env.RUSHLIGHT_CACHE = folder;
    expect(cacheFolder('MNIST')).toBe(join(folder, 'MNIST'));
    if (before === undefined) delete process.env.RUSHLIGHT_CACHE;
    else process.env.RUSHLIGHT_CACHE = before;
    expect(cacheFolder('MNIST')).toMatch(/MNIST$/);
  });
});
