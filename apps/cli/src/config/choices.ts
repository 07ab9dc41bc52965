// What a run chooses between. To which choices a setting applies, fields.ts says in these words.

import { statSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import { nearest } from './nearest.ts';

/** Sets of images in MNIST's format, which are read or fetched. */
export const idxSets = ['mnist', 'fashion-mnist', 'kmnist'] as const;
/** Points in the plane, made from the seed. */
export const pointSets = ['moons', 'circles', 'spirals', 'blobs'] as const;
/** What `--dataset` may be besides a path; where `csv` and `images` are, `--data-dir` says. */
export const dataSetNames = ['digits', ...idxSets, ...pointSets, 'csv', 'images'] as const;

export const tables = ['csv', 'a CSV file'] as const;
export const imageFolders = ['images', 'a folder of images'] as const;
/** All that has images. */
export const imageSets = ['digits', ...idxSets, ...imageFolders] as const;

export type DataSet = (typeof dataSetNames)[number] | (typeof tables)[number] | (typeof imageFolders)[number];

export const taskNames = ['classification', 'regression'] as const;
export const modelNames = ['cnn', 'convnet', 'mlp', 'linear'] as const;
export const optimizerNames = ['sgd', 'adam', 'adamw', 'adadelta'] as const;
export const schedulerNames = ['none', 'step', 'exponential', 'cosine', 'onecycle', 'plateau'] as const;

/** Whether a model's name is that of a file. */
export const isModelFile = (name: string): boolean => /[\\/]|\.[cm]?[jt]s$/.test(name);

/** Whether a data set's name is no path. */
export const isDataSetName = (name: string): name is (typeof dataSetNames)[number] =>
  (dataSetNames as readonly string[]).includes(name);

/** What `--dataset` says. Throws ConfigError for what is neither a name nor there. */
export function dataSetOf(name: string): DataSet {
  if (isDataSetName(name)) return name;
  const found = statSync(name, { throwIfNoEntry: false });
  if (found?.isDirectory()) return 'a folder of images';
  if (found?.isFile()) return 'a CSV file';
  if (/[\\/.]/.test(name)) throw new ConfigError(`${name} is not there. Pass a CSV file or a folder of images.`);
  const near = nearest(name, dataSetNames);
  const cure = near ? `Did you mean ${near}?` : `There are ${dataSetNames.join(', ')}; or pass a CSV file or a folder of images.`; // prettier-ignore
  throw new ConfigError(`there is no data set "${name}". ${cure}`);
}

/** What `--model` says. Throws ConfigError for a name that there is none of. */
export function modelOf(name: string): (typeof modelNames)[number] | 'a file' {
  if (isModelFile(name)) return 'a file';
  const known = modelNames.find((one) => one === name);
  if (known) return known;
  const near = nearest(name, modelNames);
  const cure = near ? `Did you mean ${near}?` : `There are ${modelNames.join(', ')}, or pass a file: ./model.ts.`;
  throw new ConfigError(`there is no model "${name}". ${cure}`);
}
