import { statSync } from 'node:fs';
import { nearest } from '../config/check-settings.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/fields.ts';
import { idxSets, idxTask, type OnDownload } from './idx.ts';
import { imageFolderTask } from './image-folder.ts';
import { pointSets, pointsTask } from './points.ts';
import { tableTask } from './table.ts';
import type { Task } from './task.ts';

/** Names of data sets that are no paths. */
export const dataSetNames: readonly string[] = [...idxSets, ...pointSets, 'csv', 'images'];

/** What `--dataset` names. Throws ConfigError where there is no such thing, and the data's own errors. */
export async function loadTask(name: string, settings: Settings, onDownload: OnDownload): Promise<Task> {
  if (idxSets.includes(name)) return idxTask(name, settings.dataDir, onDownload);
  const points = pointSets.find((known) => known === name);
  if (points) return pointsTask(points);
  // `--dataset csv --data-dir penguins.csv` says the same as `--dataset penguins.csv`.
  const path = name === 'csv' || name === 'images' ? settings.dataDir : name;
  if (!path) throw new ConfigError(`${name}: where it is was not said. Pass --data-dir.`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() && name !== 'csv') return imageFolderTask(path, settings.testSplit);
  if (found?.isFile() && name !== 'images') return tableTask(path, settings);
  if (path !== name)
    throw new ConfigError(`${path} is no ${name === 'csv' ? 'file' : 'folder'}. Pass another --data-dir.`);
  const known = dataSetNames;
  const near = nearest(name, known);
  throw new ConfigError(
    `there is no data set "${name}". ${near ? `Did you mean ${near}?` : `There are ${known.join(', ')}; or pass a CSV file or a folder of images.`}`,
  );
}
