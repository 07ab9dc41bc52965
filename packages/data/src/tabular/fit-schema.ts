import { ValueError } from '@rushlight/core';
import { checkCount } from '../check-options.ts';
import type { ColumnKind } from './column.ts';
import { complete, withTarget } from './complete-rows.ts';
import { checkMixture, fitFeature, fitTarget, reasonToLeaveOut } from './fit-features.ts';
import { noteLeaks, noteMissing } from './fit-notes.ts';
import type { LeftOut, MissingPolicy, TableSchemaJSON, Target } from './schema-json.ts';
import type { Table } from './table.ts';

/** What is to be learnt of a table, and from which columns. */
export interface FitOptions {
  /** The column that the network is to tell. */
  readonly target: string;
  /** Whether the target is one of some classes or a number. Default: classes for text, yes and no, and up to 10 whole numbers. */
  readonly task?: Target['task'];
  /** The columns that become features, in this order. Default: all but the target, less what is better left out. */
  readonly columns?: readonly string[];
  /** Columns that do not. */
  readonly drop?: readonly string[];
  /** How to read a column, where its values do not say it: `{ pclass: 'category' }`. Such a column is not left out. */
  readonly kinds?: Readonly<Record<string, ColumnKind>>;
  /**
   * What becomes of missing values. `mean`: a number becomes the mean of the training rows; a category one of its own if the
   * training rows lack some, else the most frequent. `drop` leaves the row out, `error` refuses it. A row without target is
   * never trained on. Default `mean`.
   */
  readonly missing?: MissingPolicy;
  /** A column of more categories is left out. Default 100. */
  readonly maxCategories?: number;
}

/** What `TableSchema.fit` learns. */
export function fitSchema(table: Table, options: FitOptions): TableSchemaJSON {
  const { columns, drop = [], kinds = {}, missing = 'mean', maxCategories = 100 } = options;
  checkCount('TableSchema', 'maxCategories', maxCategories);
  const targetColumn = table.column(options.target);
  for (const name of [...(columns ?? []), ...drop, ...Object.keys(kinds)]) table.column(name);
  if (columns?.includes(targetColumn.name)) {
    throw new ValueError(
      'TableSchema',
      `${targetColumn.name} is the target and among the columns. Leave it out there.`,
    );
  }
  const notes: string[] = [];
  const leftOut: LeftOut[] = [];

  const answered = withTarget(table, targetColumn.name, missing, notes);
  // What is left of a column may never vary once rows are gone.
  const choose = (rows: Table, names: readonly string[]) => {
    const kept = names.flatMap((name) => {
      const column = rows.column(name);
      const told = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
      const kind = told ?? column.kind;
      const wanted = columns !== undefined || told !== undefined;
      if (kind === 'category' && !wanted) checkMixture(rows, column);
      const reason = reasonToLeaveOut(column, kind, wanted, maxCategories);
      if (reason === undefined) return [{ name, kind }];
      leftOut.push({ name, reason });
      notes.push(`${name} is left out: ${reason}.`);
      return [];
    });
    if (kept.length > 0) return kept;
    const why = leftOut.map(({ name, reason }) => `${name} (${reason})`).join(', ');
    throw new ValueError('TableSchema', `${table.name} has no column to learn from${why && `: ${why}`}. Add columns.`);
  };
  const candidates = [...new Set(columns ?? table.columns.map(({ name }) => name))].filter(
    (name) => name !== targetColumn.name && !drop.includes(name),
  );
  const names = choose(answered, candidates).map(({ name }) => name);
  const rows = missing === 'mean' ? answered : complete(answered, names, missing, notes);
  const chosen = choose(rows, names);
  const target = fitTarget(rows, rows.column(targetColumn.name), options.task);
  const features = chosen.map(({ name, kind }) => fitFeature(rows, rows.column(name), kind));
  if (missing === 'mean') noteMissing(rows, features, notes);
  if (target.task === 'classification') noteLeaks(rows, features, target, notes);
  if (target.task === 'classification' && target.numeric && options.task === undefined) {
    const classes = `${target.classes.length} classes`;
    notes.push(`The target ${target.name} is taken as ${classes}. Pass task: 'regression' to tell a number.`);
  }
  return { format: 'rushlight.table-schema', version: 1, missing, features, target, leftOut, notes };
}
