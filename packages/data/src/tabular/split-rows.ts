import { defaultGenerator, drawPermutation, Generator, ValueError } from '@rushlight/core';
import type { Table } from './table.ts';

/** Options of `splitRows`. */
export interface SplitRowsOptions {
  /** The part of the rows that becomes the test table, between 0 and 1. Default 0.2. */
  readonly test?: number;
  /** A column whose values come in both tables as often as in the whole, as near as can be; of more than 10 numbers, its tenths. */
  readonly stratify?: string;
  /** The same seed splits the same rows alike; excludes `generator`. */
  readonly seed?: number;
  /** Where the order comes from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

/**
 * Splits the rows at random into one table to train on and one to test with. With `stratify`, each value gives
 * ⌊test · its rows⌋ rows to the test, and those with the largest remainders one more. Throws a ValueError where a table would
 * stay empty.
 * https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html
 *
 * @example
 * const { train, test } = splitRows(table, { test: 0.2, seed: 0, stratify: 'species' });
 */
export function splitRows(
  table: Table,
  { test = 0.2, stratify, seed, generator }: SplitRowsOptions = {},
): { readonly train: Table; readonly test: Table } {
  if (!(test > 0 && test < 1)) {
    throw new ValueError('splitRows', `test should be between 0 and 1, but is ${test}. Pass a part such as 0.2.`);
  }
  if (seed !== undefined && generator) {
    throw new ValueError('splitRows', 'seed is mutually exclusive with generator. Leave one out.');
  }
  const size = Math.round(test * table.length);
  if (size === 0 || size === table.length) {
    const sizes = `${table.length - size} rows to train on and ${size} to test with`;
    throw new ValueError(
      'splitRows',
      `${test} of the ${table.length} rows of ${table.name} makes ${sizes}. Use more rows.`,
    );
  }
  const source = generator ?? (seed === undefined ? defaultGenerator() : new Generator().manualSeed(seed));
  const order = drawPermutation(source, 'int32', table.length);
  const groups = stratify === undefined ? [[...order]] : groupBy(order, strata(table, stratify));
  const exact = groups.map((rows) => (size / table.length) * rows.length);
  const counts = exact.map(Math.floor);
  const byRemainder = exact
    .map((share, group) => ({ group, remainder: share - Math.floor(share) }))
    .toSorted((a, b) => b.remainder - a.remainder);
  const left = size - counts.reduce((sum, count) => sum + count, 0);
  for (const { group } of byRemainder.slice(0, left)) counts[group] = (counts[group] ?? 0) + 1;

  const chosen = new Set(groups.flatMap((rows, group) => rows.slice(0, counts[group])));
  return {
    train: table.rows(order.filter((row) => !chosen.has(row))),
    test: table.rows(order.filter((row) => chosen.has(row))),
  };
}

/** What each row counts as: the value of a column, or which tenth of the rows it belongs to by it. */
function strata(table: Table, name: string): readonly (string | number | null)[] {
  const { kind, text } = table.column(name);
  if (kind !== 'number' || new Set(text).size <= 10) return text;
  const numbers = table.numbers(name);
  const sorted = numbers.filter((value) => !Number.isNaN(value)).toSorted();
  const bounds = Array.from({ length: 9 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / 10)] ?? Infinity);
  return Array.from(numbers, (value) => (Number.isNaN(value) ? null : bounds.filter((bound) => value >= bound).length));
}

function groupBy(order: Iterable<number>, keys: readonly (string | number | null)[]): number[][] {
  const groups = new Map<string | number | null, number[]>();
  for (const row of order) {
    const key = keys[row] ?? null;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}
