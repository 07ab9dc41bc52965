import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { data } from 'rushlight';
import { ConfigError } from '../config/config-error.ts';
import { messageOf } from '../config/read-config.ts';
import type { Settings } from '../config/fields.ts';
import { tableDefaults, type Task } from './task.ts';

/** The table in a CSV file. Throws ConfigError where it cannot be read. */
export async function readTable(path: string): Promise<data.Table> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ConfigError(`${path} cannot be read (${messageOf(cause)}). Pass a CSV file.`);
  });
  return data.readCsv(bytes, { name: basename(path) });
}

/** Rows of a CSV file, split at random; which are for the test follows from the seed. */
export async function tableTask(path: string, settings: Settings): Promise<Task> {
  const { target, drop, testSplit = 0.2 } = settings;
  const table = await readTable(path);
  const columns = table.columns.map(({ name }) => name);
  if (!target) throw new ConfigError(`${path}: which column to learn was not said. Pass --target with one of ${columns.join(', ')}.`); // prettier-ignore
  if (!columns.includes(target)) throw new ConfigError(`${path} has no column "${target}" to learn. It has ${columns.join(', ')}.`); // prettier-ignore
  const split = data.splitRows(table, { test: testSplit, stratify: target });
  const train = data.TabularDataset.fit(split.train, { target, ...(drop && { drop }) });
  const { schema } = train;
  const test = new data.TabularDataset(schema, split.test, { unseen: 'missing' });
  const isNumber = schema.target.task === 'regression';
  return {
    description: `${basename(path)}: ${train.length} rows to train with, ${test.length} to test with, ${schema.features.length} columns as ${schema.inputSize} features; ${target} is ${isNumber ? 'a number' : `one of ${schema.classes.length} classes`}`, // prettier-ignore
    kind: schema.target.task,
    train,
    test,
    inputShape: [schema.inputSize],
    outputs: schema.outputSize,
    classes: schema.classes,
    targetScale: schema.target.task === 'regression' ? schema.target.std : 1,
    card: { kind: 'table', schema: schema.toJSON() },
    defaults: tableDefaults,
    notes: schema.notes,
  };
}
