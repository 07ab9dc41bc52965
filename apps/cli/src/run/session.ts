// Everything that a run is made of, from its settings: data, model, optimizer, schedule. Training, evaluating and predicting begin here.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { data, manualSeed, nn, train, useBackend, type BackendName, type Device, type Tensor } from 'rushlight';
import type { Settings } from '../config/fields.ts';
import { isFile, loadModel } from '../models/load-model.ts';
import type { Model } from '../models/built-in.ts';
import type { OnDownload } from '../tasks/idx.ts';
import { dataSetNames, loadTask } from '../tasks/load-task.ts';
import type { Card, Defaults, Task } from '../tasks/task.ts';

/** The settings of a run, complete where it needs them. */
type RunSettings = Settings & Defaults & { readonly dataset: string; readonly seed: number };

/** What a run keeps of itself, in its configuration and in every checkpoint. */
export interface RunRecord {
  readonly version: 1;
  readonly settings: RunSettings;
  readonly kind: Task['kind'];
  readonly inputShape: readonly number[];
  readonly outputs: number;
  readonly classes: readonly string[];
  readonly targetScale: number;
  readonly card: Card;
}

/** In a process of its own, V8 may be told to make wider vectors: where a trial says that it helps, it does. */
export function openBackend({ backend = 'auto', threads }: Settings): Promise<Device> {
  const wasm = { revectorize: true, ...(threads !== undefined && { threads }) };
  const name: BackendName = backend;
  if (name === 'auto') return useBackend(name, { wasm });
  return name === 'wasm' ? useBackend(name, wasm) : useBackend(name);
}

export interface Session {
  readonly task: Task;
  readonly settings: RunSettings;
  readonly model: Model;
}

/** Seeds, loads the samples and makes the model, in this order: the same settings give the same run. */
export async function openSession(from: Settings, onDownload: OnDownload): Promise<Session> {
  const given = withWholePaths(from);
  const { dataset = 'digits', seed = 1 } = given;
  manualSeed(seed);
  const task = await loadTask(dataset, given, onDownload);
  const settings: RunSettings = { ...task.defaults, ...given, dataset, seed };
  const model = await loadModel(settings.model, { inputShape: task.inputShape, outputs: task.outputs, hidden: settings.hidden }); // prettier-ignore
  return { task, settings, model };
}

/** A run may be resumed from anywhere. */
function withWholePaths(settings: Settings): Settings {
  const { dataset, dataDir, model } = settings;
  const whole = (path: string): string => (existsSync(path) ? resolve(path) : path);
  return {
    ...settings,
    ...(dataset !== undefined && { dataset: dataSetNames.includes(dataset) ? dataset : whole(dataset) }),
    ...(dataDir !== undefined && { dataDir: whole(dataDir) }),
    ...(model !== undefined && { model: isFile(model) ? resolve(model) : model }),
  };
}

export const recordOf = ({ task, settings }: Session): RunRecord => ({
  version: 1,
  settings,
  kind: task.kind,
  inputShape: task.inputShape,
  outputs: task.outputs,
  classes: task.classes,
  targetScale: task.targetScale,
  card: task.card,
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

/** Batches for evaluating: large, in order. */
export const evalLoaderOf = (samples: Task['test']): train.Loader => new data.DataLoader(samples, { batchSize: 500 });
