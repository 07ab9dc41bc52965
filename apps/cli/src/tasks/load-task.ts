import { statSync } from 'node:fs';
import { dataSetOf, idxSets, pointSets, tables } from '../config/choices.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/fields.ts';
import { digitsTask, idxTask } from './idx.ts';
import { imageFolderTask } from './image-folder.ts';
import { pointsTask } from './points.ts';
import { tableTask } from './table.ts';
import type { LoadOptions, Task } from './task.ts';

/** What `--dataset` names. Throws ConfigError where there is no such thing, and the data's own errors. */
export async function loadTask(settings: Settings & { readonly dataset: string }, options: LoadOptions): Promise<Task> {
  const { dataset, dataDir, noise, testSplit } = settings;
  const choice = dataSetOf(dataset);
  if (choice === 'digits') return digitsTask();
  const points = pointSets.find((name) => name === choice);
  if (points) return pointsTask(points, noise);
  const idx = idxSets.find((name) => name === choice);
  if (idx) return idxTask(idx, dataDir, options);
  // `--dataset csv --data-dir penguins.csv` says the same as `--dataset penguins.csv`.
  const isTable = (tables as readonly string[]).includes(choice);
  const path = choice === 'csv' || choice === 'images' ? dataDir : dataset;
  const what = isTable ? 'file' : 'folder';
  if (!path) throw new ConfigError(`${dataset}: the ${what} was not said. Pass --data-dir.`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (isTable ? found?.isFile() : found?.isDirectory()) {
    return isTable ? tableTask(path, settings, options.card) : imageFolderTask(path, testSplit);
  }
  throw new ConfigError(`${path} ${found ? `is no ${what}` : 'is not there'}. Pass another --data-dir.`);
}
