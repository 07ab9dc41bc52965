// `rushlight train`: a run from its first step, or from where another one stopped.

import { data, train } from 'rushlight';
import { folderStore } from 'rushlight/node';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/fields.ts';
import { messageOf } from '../config/read-config.ts';
import { exitCodes } from '../exit-codes.ts';
import { makeOptimizer, makeSchedule } from '../models/make-optimizer.ts';
import { summarizeModel, type Summary } from '../view/summarize-model.ts';
import type { RunSummary, View } from '../view/view.ts';
import { forgetMetricsAfter, metricsLog } from './metrics-log.ts';
import { readRecord } from './read-record.ts';
import { files, findCheckpoint, makeRunFolder, newRunFolder } from './run-folder.ts';
import { criterionOf, evalLoaderOf, metricsOf, openBackend, openSession, recordOf, type Session } from './session.ts';

/** What of a resumed run may be told anew; all else is as it was. */
export const resumable = [
  'epochs',
  'backend',
  'threads',
  'logInterval',
  'checkpointEvery',
] as const satisfies (keyof Settings)[];

/** Trains until it is done or `signal` aborts, and gives the exit code. */
export async function runTrain(
  given: Settings,
  resume: string | undefined,
  view: View,
  signal: AbortSignal,
): Promise<number> {
  const checkpoint = resume === undefined ? undefined : await findCheckpoint(resume, 'last');
  const before = checkpoint && readRecord(checkpoint.bytes, checkpoint.path).settings;
  const device = await openBackend({ ...before, ...given });
  const session = await openSession({ ...before, ...given }, (line) => view.note(line));
  const { settings, task } = session;
  const summary = summarize(session);
  const folder = checkpoint?.folder ?? settings.runDir ?? newRunFolder(settings.dataset, settings.model);
  if (before && settings.epochs !== before.epochs && ['cosine', 'onecycle'].includes(settings.scheduler)) {
    throw new ConfigError(`the schedule ${settings.scheduler} of the run was made for ${before.epochs} epochs, but --epochs is ${settings.epochs}. Begin a new run.`); // prettier-ignore
  }
  const { logInterval = 10 } = settings;
  const trainer = makeTrainer(session, folder, [
    metricsLog(folder, logInterval, checkpoint !== undefined),
    { onEvaluating: (samples) => view.evaluating?.(samples, task.test.length) },
  ]);
  if (checkpoint) {
    await trainer.load(checkpoint.bytes, checkpoint.path);
    await forgetMetricsAfter(folder, trainer.position);
    if (trainer.position.epoch >= settings.epochs) {
      view.note(`All ${settings.epochs} epochs of ${folder} are over. Pass --epochs for more.`);
      return exitCodes.done;
    }
  } else {
    makeRunFolder(folder);
    const config = `${JSON.stringify(recordOf(session), undefined, 2)}\n`;
    await folderStore(folder).write(files.config, new TextEncoder().encode(config));
  }
  const { trainLoader } = trainer.options;
  for (const note of task.notes) view.note(note);
  view.start({
    task: task.kind,
    folder,
    device: { name: device.name, description: device.description },
    model: summary,
    data: { description: task.description, testSamples: task.test.length, classes: task.classes },
    epochs: settings.epochs,
    batches: trainLoader.length,
    accumulate: settings.accumulate ?? 1,
    logInterval,
    ...(checkpoint && { resumed: { epoch: trainer.position.epoch, step: trainer.position.step } }),
  });
  const began = performance.now();
  const end = (summary: Pick<RunSummary, 'outcome' | 'reason'>): void =>
    view.end({ ...summary, epochs: trainer.position.epoch, seconds: (performance.now() - began) / 1e3 });
  try {
    for await (const event of trainer.run(settings.epochs)) {
      if (event.kind === 'step') await view.step(event);
      else view.epoch(event);
      if (!signal.aborted) continue;
      await folderStore(folder).write(files.last, await trainer.save());
      end({ outcome: 'stopped', reason: `it is saved; go on with \`rushlight train --resume ${quoted(folder)}\`` });
      return exitCodes.interrupted;
    }
  } catch (error) {
    end({ outcome: 'failed', reason: error instanceof Error ? error.message.replace(/\.$/, '') : String(error) });
    throw error;
  }
  end(trainer.stopped === undefined ? { outcome: 'done' } : { outcome: 'stopped', reason: trainer.stopped });
  return exitCodes.done;
}

/** As a shell wants it. */
const quoted = (path: string): string => (/[^\w./\\:-]/.test(path) ? `"${path}"` : path);

/** Runs the model once, before anything is written. Throws ConfigError where it cannot take the samples. */
function summarize({ model, task, settings }: Session): Summary {
  const shape = [1, ...task.inputShape];
  let summary: Summary;
  try {
    summary = summarizeModel(model, shape);
  } catch (cause) {
    throw new ConfigError(`the model ${settings.model} fails on an input of shape [${shape.join(', ')}]: ${messageOf(cause)}`, { cause }); // prettier-ignore
  }
  return summary;
}

function makeTrainer(session: Session, folder: string, watching: readonly train.Callback[]): train.Trainer {
  const { settings, task, model } = session;
  const optimizer = makeOptimizer(model, settings);
  const trainLoader = new data.DataLoader(task.train, { batchSize: settings.batchSize, shuffle: true });
  const { accumulate = 1, earlyStopping, clipGradNorm, checkpointEvery } = settings;
  const monitor = task.kind === 'classification' ? 'accuracy' : 'r2';
  const callbacks: train.Callback[] = [...watching];
  if (earlyStopping !== undefined) callbacks.push(new train.EarlyStopping({ monitor, patience: earlyStopping }));
  const schedule = makeSchedule(settings.scheduler, optimizer, {
    lr: settings.lr,
    epochs: settings.epochs,
    updates: Math.ceil(trainLoader.length / accumulate),
    mode: 'max',
  });
  return new train.Trainer({
    model,
    criterion: criterionOf(task.kind),
    optimizer,
    trainLoader: trainLoader,
    evalLoader: evalLoaderOf(task.test),
    metrics: metricsOf(task.kind, task.targetScale),
    accumulate,
    ...schedule,
    ...(clipGradNorm !== undefined && { clipGradNorm }),
    callbacks,
    checkpoints: {
      store: folderStore(folder),
      monitor,
      extra: recordOf(session),
      ...(checkpointEvery !== undefined && { every: checkpointEvery }),
    },
  });
}
