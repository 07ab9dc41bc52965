// By what a run knows its samples again: a file that was edited since would be split anew, and samples that were trained on be tested with.

import { createHash } from 'node:crypto';
import type { data } from 'rushlight';

interface SamplesMark {
  readonly count: number;
  /** SHA-256 of the samples in their order. */
  readonly digest: string;
}

/** What a run was trained and tested on, as its checkpoints keep it. */
export interface DataMark {
  readonly train: SamplesMark;
  readonly test: SamplesMark;
}

/** Samples that are told apart by these parts, in this order. */
export function markOf(count: number, parts: Iterable<string | Uint8Array>): SamplesMark {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return { count, digest: hash.digest('hex') };
}

/** Rows as they were read, whatever the file's line ends. */
export const markOfTable = (table: data.Table): SamplesMark =>
  markOf(table.length, table.columns.map(({ name, text }) => JSON.stringify([name, text]))); // prettier-ignore

/** What has changed since a run began, in words that go on a sentence about its data; undefined where nothing has, or nobody knows. */
export function changeSince(before: DataMark | undefined, now: DataMark | undefined): string | undefined {
  if (!before || !now) return undefined;
  const isSame = (part: keyof DataMark): boolean => before[part].digest === now[part].digest && before[part].count === now[part].count; // prettier-ignore
  if (isSame('train') && isSame('test')) return undefined;
  const [then, today] = [before, now].map(({ train, test }) => train.count + test.count);
  return then === today ? 'has other samples than when the run began' : `has ${today} samples, and had ${then} when the run began`; // prettier-ignore
}
