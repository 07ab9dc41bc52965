// Rows that lack a value: refused, left out, or kept for the mean to stand in.

import { ValueError } from '@rushlight/core';
import type { MissingPolicy } from './schema-json.ts';
import type { Table } from './table.ts';

/** The rows that have a target. */
export function withTarget(table: Table, target: string, missing: MissingPolicy, notes: string[]): Table {
  const { text } = table.column(target);
  const without = text.flatMap((value, row) => (value === null ? [row] : []));
  const [first] = without;
  if (first === undefined) return table;
  if (missing === 'error') throw missingValue(table, first, target);
  if (without.length === table.length) {
    const lacks = `${table.name}: the target ${target} is missing in every row`;
    throw new ValueError('TableSchema', `${lacks}. Pass rows with a target.`);
  }
  notes.push(`${rowsOf(without.length)} without ${target} left out (${table.place(first)}${others(without)}).`);
  return table.rows([...text.keys()].filter((row) => text[row] !== null));
}

/** The rows that have a value in each of these columns. */
export function complete(table: Table, names: readonly string[], missing: MissingPolicy, notes: string[]): Table {
  const rows = [...Array(table.length).keys()];
  const columns = names.map((name) => table.column(name));
  const holes = rows.flatMap((row) => {
    const column = columns.find(({ text }) => text[row] === null);
    return column ? [{ row, name: column.name }] : [];
  });
  const [first] = holes;
  if (!first) return table;
  if (missing === 'error') throw missingValue(table, first.row, first.name);
  if (holes.length === table.length) {
    const worst = names.toSorted((a, b) => holesIn(table, b) - holesIn(table, a))[0] ?? '';
    const lacks = `every row of ${table.name} lacks some value, ${worst} in ${holesIn(table, worst)} of ${table.length}`;
    throw new ValueError('TableSchema', `${lacks}. Drop columns, or pass missing: 'mean'.`);
  }
  notes.push(`${rowsOf(holes.length)} with missing values left out (${table.place(first.row)}${others(holes)}).`);
  const incomplete = new Set(holes.map(({ row }) => row));
  return table.rows(rows.filter((row) => !incomplete.has(row)));
}

/** How many values of a column are missing. */
export const holesIn = (table: Table, name: string) => table.column(name).text.filter((value) => value === null).length;
const rowsOf = (count: number) => (count === 1 ? '1 row' : `${count} rows`);
const others = (all: readonly unknown[]) => (all.length > 1 ? ' and others' : '');

/** The error of a value that is missing where none may be. */
export function missingValue(table: Table, row: number, name: string): ValueError {
  return new ValueError(
    'TableSchema',
    `${table.place(row)}: ${name} is missing. Fill it in, or fit with missing: 'mean' or 'drop'.`,
  );
}
