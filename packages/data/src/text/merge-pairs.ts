// Byte-pair encoding: the two arts, to apply merges and to find them.

import { PairQueue } from './pair-queue.ts';

/** Two tokens next to each other, as one number: vocabularies stay below 2^26 tokens. */
export function pairKey(left: number, right: number): number {
  return left * 2 ** 26 + right;
}

/** What a pair becomes, and which merge that is: the first ones come first. */
export interface Merge {
  readonly rank: number;
  readonly token: number;
}

/** A word with every occurrence of a pair made one token. */
export function mergeInto(word: readonly number[], left: number, right: number, token: number): number[] {
  const made: number[] = [];
  for (let k = 0; k < word.length; k++) {
    const here = word[k] ?? 0;
    if (here === left && word[k + 1] === right) {
      made.push(token);
      k++;
    } else made.push(here);
  }
  return made;
}

/** Applies merges, the first one that fits before all others, until none fits. */
export function applyMerges(word: readonly number[], merges: ReadonlyMap<number, Merge>): readonly number[] {
  let now = word;
  for (;;) {
    let best: Merge | undefined;
    let at = 0;
    for (let k = 1; k < now.length; k++) {
      const merge = merges.get(pairKey(now[k - 1] ?? 0, now[k] ?? 0));
      if (merge && (!best || merge.rank < best.rank)) [best, at] = [merge, k];
    }
    if (!best) return now;
    now = mergeInto(now, now[at - 1] ?? 0, now[at] ?? 0, best.token);
  }
}

interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  /** The words that have it, or had it. */
  readonly words: Set<number>;
}

/**
 * The merges that make the most frequent pair one token, again and again, until `tokenOf` has no number for one or no pair comes
 * `least` times. Of pairs equally frequent the one of lower tokens comes first.
 */
export function findMerges(
  counts: ReadonlyMap<readonly number[], number>,
  tokenOf: (left: number, right: number) => number | undefined,
  least: number,
): void {
  const words = [...counts].map(([word, count]) => ({ word, count }));
  const pairs = new Map<number, Pair>();
  const add = (at: number, sign: 1 | -1): void => {
    const { word, count } = words[at] ?? { word: [], count: 0 };
    for (let k = 1; k < word.length; k++) {
      const [left, right] = [word[k - 1] ?? 0, word[k] ?? 0];
      const key = pairKey(left, right);
      const pair = pairs.get(key) ?? { left, right, count: 0, words: new Set<number>() };
      pair.count += sign * count;
      pair.words.add(at);
      if (pair.count === 0) pairs.delete(key);
      else pairs.set(key, pair);
    }
  };
  words.forEach((_, at) => add(at, 1));
  // Of every pair it holds a count that is at least the present one.
  const queue = new PairQueue();
  for (const [key, { count }] of pairs) queue.push({ key, count });
  for (let first = queue.pop(); first && first.count >= least; first = queue.pop()) {
    const { key } = first;
    const best = pairs.get(key);
    if (!best || best.count !== first.count) {
      if (best) queue.push({ key, count: best.count });
      continue;
    }
    const { left, right } = best;
    const token = tokenOf(left, right);
    if (token === undefined) return;
    /** Only pairs of the new token come more often than before. */
    const made = new Set<number>();
    for (const at of best.words) {
      const entry = words[at];
      if (!entry) continue;
      add(at, -1);
      const word = mergeInto(entry.word, left, right, token);
      entry.word = word;
      add(at, 1);
      for (let k = 1; k < word.length; k++) {
        const pair = [word[k - 1] ?? 0, word[k] ?? 0] as const;
        if (pair.includes(token)) made.add(pairKey(...pair));
      }
    }
    for (const of of made) queue.push({ key: of, count: pairs.get(of)?.count ?? 0 });
  }
}
