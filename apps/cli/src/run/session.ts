// Everything that a run is made of, from its settings: data, model, optimizer, schedule. Training, evaluating and predicting begin here.

import { resolve } from 'node:path';
import { data, manualSeed, nn, train, type Tensor } from 'rushlight';
import { checkScopes } from '../config/check-scopes.ts';
import { dataSetOf, isDataSetName, isModelFile, modelOf } from '../config/choices.ts';
import type { Settings } from '../config/fields.ts';
import type { Given } from '../config/given.ts';
import { loadModel } from '../models/load-model.ts';
import type { Model } from '../models/built-in.ts';
import type { DataMark } from '../tasks/data-mark.ts';
import { defaultsFor, type Defaults } from '../tasks/defaults.ts';
import { loadTask } from '../tasks/load-task.ts';
import type { Card, LoadOptions, Samples, Task } from '../tasks/task.ts';
import { recordVersion } from './read-record.ts';

/** The settings of a run, complete where it needs them. */
export type RunSettings = Settings & Defaults & { readonly dataset: string; readonly seed: number };

/** What a run keeps of itself, in its configuration and in every checkpoint. */
export interface RunRecord {
  readonly version: typeof recordVersion;
  readonly settings: RunSettings;
  readonly kind: Task['kind'];
  readonly inputShape: readonly number[];
  readonly outputs: number;
  readonly classes: readonly string[];
  readonly targetScale: number;
  readonly card: Card;
  /** By what its samples are known again. */
  readonly data?: DataMark | undefined;
}

/**
 * What a new run is told, or one that goes on (`before` being what it was told): what was given, and the defaults of its data. Throws
 * ConfigError for data or a model that there is none of, and for what was given, but would change nothing.
 */
export function completeSettings(given: Given, before?: RunSettings): RunSettings {
  const all = { ...before, ...given.settings };
  const { dataset = 'digits', seed = 1 } = all;
  const settings = { ...(before ?? defaultsFor(dataSetOf(dataset))), ...all, dataset, seed };
  modelOf(settings.model);
  checkScopes(given, { backend: 'auto', ...settings });
  return settings;
}

/** With paths that lead to the same from anywhere: a run may go on in another folder than it began in. */
function withWholePaths(settings: RunSettings): RunSettings {
  const { dataset, dataDir, model } = settings;
  return {
    ...settings,
    dataset: isDataSetName(dataset) ? dataset : resolve(dataset),
    ...(dataDir !== undefined && { dataDir: resolve(dataDir) }),
    model: isModelFile(model) ? resolve(model) : model,
  };
}

export interface Session {
  readonly task: Task;
  readonly settings: RunSettings;
  readonly model: Model;
}

/** Seeds, loads the samples and makes the model, in this order: the same settings give the same run. */
export async function openSession(settings: RunSettings, options: LoadOptions): Promise<Session> {
  manualSeed(settings.seed);
  const task = await loadTask(settings, options);
  const { inputShape, outputs } = task;
  const model = await loadModel(settings.model, { inputShape, outputs, hidden: settings.hidden });
  return { task, settings, model };
}

export const recordOf = ({ task, settings }: Session): RunRecord => ({
  version: recordVersion,
  settings: withWholePaths(settings),
  kind: task.kind,
  inputShape: task.inputShape,
  outputs: task.outputs,
  classes: task.classes,
  targetScale: task.targetScale,
  card: task.card,
  data: task.mark,
});

export const criterionOf = (kind: Task['kind']): ((output: Tensor, target: Tensor) => Tensor) =>
  kind === 'classification'
    ? (output, target) => nn.functional.crossEntropy(output, target)
    : (output, target) => nn.functional.mseLoss(output, target);

/** What an evaluation measures, by what it is called in files. */
export function metricsOf(kind: Task['kind'], targetScale: number): Record<string, train.Metric> {
  if (kind === 'classification') return { accuracy: new train.Accuracy() };
  return { r2: new train.R2Score(), mae: scaled(new train.MeanAbsoluteError(), targetScale) };
}

/** A metric in the units of the user's numbers. */
function scaled(metric: train.Metric, scale: number): train.Metric {
  return {
    update: (output, target) => metric.update(output, target),
    reset: () => metric.reset(),
    compute: async () => Number(await metric.compute()) * scale,
  };
}

/** Between batches the process hears of signals, and of a terminal's new size: computing and reading alone would not let it. */
class AttentiveLoader extends data.DataLoader<[input: Tensor, target: Tensor], [Tensor, Tensor]> {
  override async *batches(options?: data.BatchesOptions): AsyncGenerator<[Tensor, Tensor], void, undefined> {
    for await (const batch of super.batches(options)) {
      await new Promise((resolve) => setImmediate(resolve));
      yield batch;
    }
  }
}

/** Batches to train with, in a new order each epoch. */
export const trainLoaderOf = (samples: Samples, batchSize: number): train.Loader =>
  new AttentiveLoader(samples, { batchSize, shuffle: true });

/** Batches for evaluating: large, in order. */
export const evalLoaderOf = (samples: Samples): train.Loader => new AttentiveLoader(samples, { batchSize: 500 });
