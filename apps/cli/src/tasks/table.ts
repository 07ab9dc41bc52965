import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { data } from 'rushlight';
import { ConfigError } from '../config/config-error.ts';
import { inFlags, messageOf } from '../config/message-of.ts';
import { nearest } from '../config/nearest.ts';
import type { Settings } from '../config/fields.ts';
import { markOfTable } from './data-mark.ts';
import type { Card, Task } from './task.ts';

/** The table in a CSV file. Throws ConfigError where it cannot be read. */
export async function readTable(path: string): Promise<data.Table> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ConfigError(`${path} cannot be read (${messageOf(cause)}). Pass a CSV file.`);
  });
  return data.readCsv(bytes, { name: basename(path) });
}

/** Rows of a CSV file, split at random; which are for the test follows from the seed. With a card, its schema makes numbers of them. */
export async function tableTask(path: string, { target, task, drop, testSplit }: Settings, card?: Card): Promise<Task> {
  const table = await readTable(path);
  const columns = table.columns.map(({ name }) => name);
  if (!target) throw new ConfigError(`${path}: which column to learn was not said. Pass --target with one of ${columns.join(', ')}.`); // prettier-ignore
  if (!columns.includes(target)) {
    const near = nearest(target, columns);
    throw new ConfigError(`${path} has no column "${target}" to learn. ${near ? `Did you mean ${near}?` : `It has ${columns.join(', ')}.`}`); // prettier-ignore
  }
  const rows = data.splitRows(table, { test: testSplit ?? 0.2, stratify: target });
  const schema =
    card?.kind === 'table'
      ? data.TableSchema.fromJSON(card.schema)
      : data.TableSchema.fit(rows.train, { target, ...(task && { task }), ...(drop && { drop }) });
  // To a schema that is older than the rows, some may be strange.
  const train = new data.TabularDataset(schema, rows.train, { unseen: 'missing' });
  const test = new data.TabularDataset(schema, rows.test, { unseen: 'missing' });
  const isNumber = schema.target.task === 'regression';
  if (isNumber && test.length < 2) {
    throw new ConfigError(
      `${path} leaves one row to test with, and R2 needs two. Use more rows, or a larger --test-split.`,
    );
  }
  return {
    description: `${basename(path)}: ${train.length} rows to train with, ${test.length} to test with, ${schema.features.length} columns as ${schema.inputSize} features; ${target} is ${isNumber ? 'a number' : `one of ${schema.classes.length} classes`}`, // prettier-ignore
    kind: schema.target.task,
    train,
    test,
    mark: { train: markOfTable(rows.train), test: markOfTable(rows.test) },
    inputShape: [schema.inputSize],
    outputs: schema.outputSize,
    classes: schema.classes,
    targetScale: schema.target.task === 'regression' ? schema.target.std : 1,
    card: { kind: 'table', schema: schema.toJSON() },
    notes: card ? [] : schema.notes.map(inFlags),
  };
}
