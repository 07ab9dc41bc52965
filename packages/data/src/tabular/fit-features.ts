// What becomes of each column: a rule learnt from the training rows, or a reason to leave it out.

import { ValueError } from '@rushlight/core';
import { parseBoolean, parseNumber, type Column, type ColumnKind } from './column.ts';
import type { Feature, Target } from './schema-json.ts';
import type { Table } from './table.ts';

const idName = /^(?:unnamed: \d+|id|index|key|row|.*[ _-](?:id|index|key))$/i;
/** userId, but neither paid nor humid. */
const camelId = /[a-z]Id$/;

/** Why a column can be no feature, or better is none; undefined if it is to be one. `wanted`: the user named it. */
export function reasonToLeaveOut(column: Column, kind: ColumnKind, wanted: boolean, most: number): string | undefined {
  const present = column.text.filter((value) => value !== null);
  if (present.length === 0) return 'every value is missing';
  const absent = column.text.length - present.length;
  const numeric = column.kind === 'number';
  const distinct = new Set(numeric ? present.map(canonical) : present).size;
  if (distinct === 1 && (absent === 0 || kind === 'number')) return `it is always "${present[0]}"`;
  if (wanted) return undefined;
  if (
    numeric &&
    (idName.test(column.name) || camelId.test(column.name)) &&
    distinct === present.length &&
    present.every(isWhole)
  ) {
    return 'it numbers the rows';
  }
  if (kind !== 'category' || distinct <= 10) return undefined;
  if (distinct > present.length / 2) return `${distinct} of its ${present.length} values are distinct, as of names`;
  return distinct > most ? `it has ${distinct} categories, more than maxCategories, ${most}` : undefined;
}

const isWhole = (text: string) => Number.isInteger(parseNumber(text));

/** Refuses a column in which a few texts stand among numbers: a mark for missing values, or a slip of the pen. */
export function checkMixture(table: Table, column: Column): void {
  const numbers = column.text.filter((value) => value !== null && parseNumber(value) !== undefined).length;
  const count = column.text.filter((value) => value !== null).length;
  if (count - numbers === 0 || numbers <= 10 || numbers < 0.8 * count) return;
  const row = column.text.findIndex((value) => value !== null && parseNumber(value) === undefined);
  throw new ValueError(
    'TableSchema',
    `${table.place(row)}: ${column.name} is "${column.text[row]}", and ${numbers} of ${count} values are numbers. Correct it, add it to readCsv's missing, or pass kinds: { "${column.name}": "category" }.`,
  );
}

/** The rule that turns a column into features. */
export function fitFeature(table: Table, column: Column, kind: ColumnKind): Feature {
  const { name } = column;
  if (kind === 'number') return { kind, name, ...fitScale(table, column) };
  const missing = column.text.includes(null);
  const values = kind === 'boolean' ? booleans(table, column) : categories(column);
  const [usual] = [...count(values)].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', 0]);
  // Where some are missing, yes and no are two of three categories.
  if (kind === 'boolean' && !missing) return { kind, name, usual: usual === 'true' };
  return {
    kind: 'category',
    name,
    values: sorted(values),
    of: kind === 'boolean' ? 'boolean' : column.kind === 'number' ? 'number' : 'text',
    missing,
    usual,
  };
}

/** What the target is: classes if it is text, yes and no, or a few whole numbers, else a number. */
export function fitTarget(table: Table, column: Column, task: Target['task'] | undefined): Target {
  const { name } = column;
  const present = column.text.filter((value) => value !== null);
  const numeric = column.kind === 'number';
  const distinct = new Set(categories(column));
  if (distinct.size < 2) {
    const found = distinct.size === 0 ? 'no value at all' : `the value "${[...distinct][0]}" in every row`;
    throw new ValueError('TableSchema', `${table.name}: the target ${name} has ${found}. Pass rows that differ in it.`);
  }
  const few = distinct.size <= 10 && present.every(isWhole);
  if (task === 'regression' || (task === undefined && numeric && !few)) {
    return { task: 'regression', name, ...fitScale(table, column) };
  }
  if (task === undefined && distinct.size > 20 && distinct.size > present.length / 2) {
    const found = `${distinct.size} different values in ${present.length} rows`;
    throw new ValueError(
      'TableSchema',
      `${table.name}: the target ${name} has ${found}, too many for classes. Choose another target, or pass task: 'classification'.`,
    );
  }
  return { task: 'classification', name, classes: sorted(distinct), numeric };
}

/** Mean and standard deviation, in two passes. */
function fitScale(table: Table, column: Column): { mean: number; std: number } {
  const present = [...finiteNumbers(table, column)].filter((value) => !Number.isNaN(value));
  const mean = present.reduce((sum, value) => sum + value / present.length, 0);
  const std = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2 / present.length, 0));
  if (Number.isFinite(mean) && Number.isFinite(std) && std > 0) return { mean, std };
  throw new ValueError(
    'TableSchema',
    `${table.name}: the numbers of ${column.name} are too large or too close to each other to be scaled. Scale them first.`,
  );
}

function finiteNumbers(table: Table, { name }: Column): Float64Array {
  const numbers = table.numbers(name);
  const row = numbers.findIndex((value) => Math.abs(value) === Infinity);
  if (row < 0) return numbers;
  throw new ValueError(
    'TableSchema',
    `${table.place(row)}: ${name} is not a finite number. Correct it or leave it out.`,
  );
}

function booleans(table: Table, column: Column): string[] {
  return column.text.flatMap((text, row) => {
    const value = text === null ? undefined : parseBoolean(text);
    if (text !== null && value === undefined) {
      throw new ValueError(
        'TableSchema',
        `${table.place(row)}: ${column.name} is "${text}", neither yes nor no. Correct it, or choose another kind.`,
      );
    }
    return value === undefined ? [] : [String(value)];
  });
}

/** The values that are there; of numbers in the one form in which they are compared. */
export function categories({ kind, text }: Column): string[] {
  const present = text.filter((value) => value !== null);
  return kind === 'number' ? present.map(canonical) : present;
}

/** "2.0" and "2" as "2". */
export function canonical(text: string): string {
  const value = parseNumber(text);
  return value === undefined ? text : String(value);
}

/** Numbers by size, before anything else by code units: the same order everywhere. */
function sorted(values: Iterable<string>): string[] {
  const all = [...new Set(values)];
  const numbers = all.every((value) => parseNumber(value) !== undefined);
  return numbers ? all.toSorted((a, b) => Number(a) - Number(b)) : all.toSorted();
}

function count(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
