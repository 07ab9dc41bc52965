import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { DownloadError } from './download-error.ts';
import { agree, claimPartial, dropPartial, keepPartial, sizeOf, versionOf, type PartialFile } from './partial-file.ts';

/** How far the download of a file is. */
export interface DownloadProgress {
  /** The name of the file. */
  readonly file: string;
  /** How many bytes are there. */
  readonly received: number;
  /** How many there will be; undefined if the server does not say. */
  readonly total: number | undefined;
}

/** What every download takes. */
export interface DownloadOptions {
  /** Called whenever a part of a file has come. What it throws ends the download, and what has come is kept. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Stops the download when aborted; the promise rejects with a DownloadError. What has come is kept for the next call. */
  readonly signal?: AbortSignal;
}

export interface FileRequest extends DownloadOptions {
  /** Where the file shall lie in the end. */
  readonly path: string;
  /** Where to get it, the first that works. */
  readonly urls: readonly string[];
  readonly md5: string;
  /** How long to wait for the next bytes, in milliseconds. Default 30,000. */
  readonly idle?: number;
}

/** How often a connection is tried that breaks after a while, and how often in a row when nothing comes. */
const attempts = 10;
const fruitless = 3;
/** Between those, in milliseconds, once and twice. */
const pause = 100;

/**
 * Downloads a file. It appears under its name when it is whole and its checksum is right. What came before a connection broke for good,
 * the signal stopped it or the process was killed is kept beside, and the next call goes on from there. Rejects with a DownloadError
 * if no server gives it, it cannot be written or the signal stops it, and with what `onProgress` throws. `op` is for the message.
 */
export async function downloadFile(op: string, request: FileRequest): Promise<void> {
  const { path, urls, signal } = request;
  const partial = await onDisk(
    op,
    path,
    mkdir(dirname(path), { recursive: true }).then(() => claimPartial(path)),
  );
  const file = basename(path);
  const failures: string[] = [];
  let wrong = false;
  try {
    for (const url of urls) {
      const outcome = await tryServer(op, url, partial, request);
      if (outcome === undefined) return await onDisk(op, path, rename(partial.path, path));
      failures.push(`${url}: ${outcome.failure}`);
      wrong ||= outcome.wrong;
    }
  } catch (error) {
    if (error instanceof Thrown) {
      await keepPartial(path, partial);
      throw error.cause;
    }
    if (!signal?.aborted || (error instanceof DownloadError && error.reason === 'disk')) {
      await dropPartial(partial);
      throw error;
    }
    const kept = await keep(path, partial);
    const [where, cure] = kept ? [` at ${kept}, which are kept`, 'go on from there'] : ['', 'have it'];
    throw new DownloadError(op, 'stopped', `the download of ${file} was stopped${where}. Start it again to ${cure}.`);
  }
  const kept = await keep(path, partial);
  const [where, again] = kept ? [`; ${kept} came and are kept`, 'to go on from there'] : ['', 'later'];
  throw new DownloadError(
    op,
    wrong ? 'checksum' : 'network',
    `${file} could not be downloaded (${failures.join('; ')})${where}. Try again ${again}, or put the file into ${dirname(path)}.`,
  );
}

/** Keeps what there is; in words how much that is, nothing if there is none. */
async function keep(path: string, partial: PartialFile): Promise<string> {
  const size = await keepPartial(path, partial);
  const total = partial.version?.total;
  const words = (bytes: number) => bytes.toLocaleString('en');
  return size === 0 ? '' : `${words(size)} ${total === undefined ? '' : `of ${words(total)} `}bytes`;
}

/** Tries to complete the partial file from one server; undefined if it is whole and right. */
async function tryServer(
  op: string,
  url: string,
  partial: PartialFile,
  request: FileRequest,
): Promise<{ readonly failure: string; readonly wrong: boolean } | undefined> {
  let failure = '';
  let inVain = 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    request.signal?.throwIfAborted();
    const before = await sizeOf(partial.path);
    try {
      await receive(op, url, partial, before, request);
    } catch (error) {
      if (error instanceof DownloadError || error instanceof Thrown || request.signal?.aborted) throw error;
      failure = reasonOf(error);
      inVain = (await sizeOf(partial.path)) > before ? 0 : inVain + 1;
      if (error instanceof Refused || inVain === fruitless) return { failure, wrong: false };
      await new Promise((resolve) => setTimeout(resolve, inVain * pause));
      continue;
    }
    const found = await onDisk(op, request.path, md5Of(partial.path));
    if (found === request.md5) return undefined;
    failure = `the MD5 of what came is ${found}, not ${request.md5}`;
    await onDisk(op, request.path, rm(partial.path, { force: true }));
    // What was there before may be at fault.
    if (before === 0) return { failure, wrong: true };
  }
  return { failure, wrong: false };
}

/** A server that answers, but with something else. */
class Refused extends Error {}

/** Around what `onProgress` threw, which no server is to blame for. */
class Thrown extends Error {}

/** Appends to the partial file what it lacks of the one at the URL. */
async function receive(
  op: string,
  url: string,
  partial: PartialFile,
  before: number,
  request: FileRequest,
): Promise<void> {
  const { path, signal, onProgress, idle = 30_000 } = request;
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const tell = (progress: DownloadProgress) => {
    try {
      onProgress?.(progress);
    } catch (cause) {
      throw new Thrown('onProgress threw', { cause });
    }
  };
  const late = () => controller.abort(new Error(`nothing came for ${idle / 1000} seconds`));
  let timer = setTimeout(late, idle);
  try {
    const headers = { 'accept-encoding': 'identity', ...(before > 0 && { range: `bytes=${before}-` }) };
    const response = await fetch(url, { headers, signal: controller.signal });
    const encoding = response.headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity')
      throw new Refused(`it sends the file with the encoding ${encoding}, and was asked for the file as it is`);
    const { begin, total, complete } = rangeOf(response, before);
    if (complete) return await response.body?.cancel();
    const version = versionOf(url, response.headers.get('etag'), total);
    if (begin > 0 && !agree(partial.version, version)) {
      await onDisk(op, path, rm(partial.path, { force: true }));
      throw new Error('the file is another than the one that was begun');
    }
    // A server that knows no ranges sends the whole file.
    const file = await onDisk(op, path, open(partial.path, begin === 0 ? 'w' : 'a'));
    partial.version = version;
    try {
      let received = begin;
      for await (const part of response.body ?? []) {
        clearTimeout(timer);
        timer = setTimeout(late, idle);
        await onDisk(op, path, file.appendFile(part));
        received += part.length;
        tell({ file: basename(path), received, total });
      }
      if (total !== undefined && received !== total) throw new Error(`${received} of ${total} bytes came`);
      await onDisk(op, path, file.sync());
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    controller.abort();
  }
}

/** Which part of the file an answer brings. */
function rangeOf(response: Response, before: number): { begin: number; total: number | undefined; complete?: boolean } {
  const { status, headers } = response;
  if (status === 200) {
    const length = headers.get('content-length');
    return { begin: 0, total: length === null ? undefined : Number(length) };
  }
  const [, begin, , total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (status === 206 && Number(begin) === before) {
    return { begin: before, total: total === undefined || total === '*' ? undefined : Number(total) };
  }
  if (status === 416 && before > 0) return { begin: before, total: before, complete: true };
  throw new Refused(`the server answered ${status} ${response.statusText}`.trim());
}

/** The MD5 of a file, in hexadecimal digits. */
export async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

/** Names the file where the disk refuses. */
async function onDisk<Result>(op: string, path: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (cause) {
    const cure = 'Make room, or choose a folder that can be written to';
    throw new DownloadError(op, 'disk', `${path} cannot be written (${reasonOf(cause)}). ${cure}.`);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch says no more than "fetch failed" itself.
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
