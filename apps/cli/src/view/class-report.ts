import type { train } from 'rushlight';
import { clip, columnsOf, padEnd, padStart } from './columns-of.ts';

/** Precision, recall and F1 of each class, and what was taken for what: lines of what an evaluation gave under these names. */
export function classReport(classes: readonly string[], values: train.MetricValues): string[] {
  const matrix = values['confusion'] as readonly (readonly number[])[];
  const shares = ['precision', 'recall', 'f1'].map((name) => values[name] as readonly number[]);
  const names = classes.map((name) => name.replaceAll(/\s+/g, ' '));
  const width = Math.max(5, ...names.map(columnsOf));
  const line = (name: string, cells: readonly string[], size: number): string =>
    `${padEnd(name, width)}  ${cells.map((cell) => padStart(cell, size)).join('')}`;
  const rows = names.map((name, k) => {
    const count = (matrix[k] ?? []).reduce((sum, n) => sum + n, 0);
    return line(name, [...shares.map((share) => (share[k] ?? NaN).toFixed(3)), String(count)], 10);
  });
  const report = ['', line('', ['precision', 'recall', 'F1', 'samples'], 10), ...rows];
  if (classes.length > 12) return report;
  // As wide as the names are, if 80 columns hold them all.
  const room = Math.floor((80 - width) / Math.max(1, classes.length));
  const size = Math.max(5, Math.min(room, width + 1), ...matrix.flat().map((n) => String(n).length + 1));
  const heads = names.map((name) => clip(name, size - 1));
  const taken = matrix.map((row, k) => line(names[k] ?? '', row.map(String), size));
  return [...report, '', 'rows: what it is, columns: what it was taken for', line('', heads, size), ...taken];
}
