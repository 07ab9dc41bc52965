import { holesIn } from './complete-rows.ts';
import { categories } from './fit-features.ts';
import type { Feature, Target } from './schema-json.ts';
import type { Table } from './table.ts';

/** Says what stands in for missing values. */
export function noteMissing(table: Table, features: readonly Feature[], notes: string[]): void {
  for (const feature of features) {
    const count = holesIn(table, feature.name);
    if (count === 0) continue;
    const become =
      feature.kind === 'number' ? `the mean, ${Number(feature.mean.toPrecision(6))}` : 'a category of their own';
    const values = count === 1 ? '1 value is' : `${count} values are`;
    notes.push(`${feature.name}: ${values} missing of ${table.length}, taken as ${become}.`);
  }
}

/** A column whose values go one to one with the classes is most often the answer in other words. */
export function noteLeaks(
  table: Table,
  features: readonly Feature[],
  target: Extract<Target, { task: 'classification' }>,
  notes: string[],
): void {
  // In a handful of rows much goes together by chance.
  if (table.length < 3 * target.classes.length) return;
  const answers = categories(table.column(target.name));
  for (const { name } of features) {
    const column = table.column(name);
    if (column.text.includes(null)) continue;
    const values = categories(column);
    const pairs = new Set(values.map((value, row) => JSON.stringify([value, answers[row]])));
    if (pairs.size !== target.classes.length || new Set(values).size !== pairs.size) continue;
    notes.push(`${name} tells ${target.name} in every row. Drop it if it is the answer in other words.`);
  }
}
