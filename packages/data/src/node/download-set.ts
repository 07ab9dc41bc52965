import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ValueError } from '@rushlight/core';
import { FormatError } from '../format-error.ts';
import { downloadFile, md5Of, type DownloadOptions } from './download-file.ts';
import type { IdxSet } from './idx-sets.ts';

/** What is downloaded of a set, and from where. */
export interface DownloadSetOptions extends DownloadOptions {
  /** Only the files of one split. Default: both. */
  readonly train?: boolean;
  /** Addresses to append the names of the files to, instead of the well-known ones. */
  readonly mirrors?: readonly string[];
}

/** The names that a file of these sets may have when it is unpacked. */
export function unpackedNames(name: string): string[] {
  const plain = name.replace(/\.gz$/, '');
  return [plain, plain.replace(/-(idx\d)-/, '.$1-')];
}

/**
 * Downloads those files of a set that the folder lacks. A file that is there already and is another stays, and the promise
 * rejects with a FormatError; a download that fails rejects with a DownloadError.
 */
export async function downloadSet(
  { name: op, mirrors: wellKnown, files }: IdxSet,
  folder: string,
  { train, mirrors = wellKnown, ...options }: DownloadSetOptions,
): Promise<void> {
  if (mirrors.length === 0) throw new ValueError(op, 'mirrors is empty. Pass an address, or leave it out.');
  const present = await readdir(folder).catch((): string[] => []);
  for (const [name, md5] of Object.entries(files)) {
    if (train !== undefined && name.startsWith('train-') !== train) continue;
    if (unpackedNames(name).some((plain) => present.includes(plain))) continue;
    const path = join(folder, name);
    if (present.includes(name)) {
      const found = await md5Of(path);
      if (found === md5) continue;
      const wrong = `${path} is damaged or of another set: its MD5 is ${found}, not ${md5}`;
      throw new FormatError(op, `${wrong}. Remove it, or choose another folder.`);
    }
    const urls = mirrors.map((mirror) => (mirror.endsWith('/') ? mirror : `${mirror}/`) + name);
    await downloadFile(op, { ...options, path, urls, md5 });
  }
}
