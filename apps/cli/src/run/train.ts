// `rushlight train`: a run from its first step, or from where another one stopped.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRushlightError, train, type Device } from 'rushlight';
import { folderStore } from 'rushlight/node';
import { isModelFile } from '../config/choices.ts';
import { ConfigError } from '../config/config-error.ts';
import type { FieldName } from '../config/fields.ts';
import type { Given } from '../config/given.ts';
import { messageOf } from '../config/message-of.ts';
import { exitCodes, signalCodes, type StopSignal } from '../exit-codes.ts';
import { placeIn } from '../models/load-model.ts';
import { loadTrained } from '../models/load-trained.ts';
import { hasLength, makeOptimizer, makeSchedule } from '../models/make-optimizer.ts';
import { changeSince } from '../tasks/data-mark.ts';
import { summarizeModel, type Summary } from '../view/summarize-model.ts';
import type { RunSummary, View } from '../view/view.ts';
import { onBackend } from './backend.ts';
import { forgetMetricsAfter, metricsLog } from './metrics-log.ts';
import { readRecord } from './read-record.ts';
import { claimFolder, claimNewFolder, claimNextFolder, files, findCheckpoint, quoted, readCheckpoint } from './run-folder.ts'; // prettier-ignore
import { completeSettings, criterionOf, evalLoaderOf, metricsOf, openSession, recordOf, trainLoaderOf, type RunRecord, type Session } from './session.ts'; // prettier-ignore

/** What of a resumed run may be told anew; all else is as it was. */
export const resumable = ['epochs', 'backend', 'threads', 'logInterval', 'checkpointEvery'] as const satisfies FieldName[]; // prettier-ignore

/** A run to go on with: where it was. */
interface Before {
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly record: RunRecord;
}

/** Trains until it is done or `signal` aborts, for which a StopSignal is the reason, and gives the exit code. */
export async function runTrain(
  given: Given,
  resume: string | undefined,
  view: View,
  signal: AbortSignal,
): Promise<number> {
  try {
    return await (resume === undefined ? begin(given, view, signal) : goOn(given, resume, view, signal));
  } catch (error) {
    const isDownload = isRushlightError(error) && 'reason' in error && error.reason === 'stopped';
    if (!isInterruption(error, signal) && !(signal.aborted && isDownload)) throw error;
    view.note('Stopped before the first step: there was nothing to save.');
    return codeOf(signal);
  }
}

const codeOf = (signal: AbortSignal): number => signalCodes[signal.reason as StopSignal];

/** Whether it was thrown by `signal.throwIfAborted()`. */
const isInterruption = (error: unknown, signal: AbortSignal): boolean => signal.aborted && error === signal.reason;

async function begin(given: Given, view: View, signal: AbortSignal): Promise<number> {
  const settings = completeSettings(given);
  const { runDir, dataset, model } = settings;
  const { folder, release } = runDir === undefined ? claimNextFolder(dataset, model) : claimNewFolder(runDir);
  try {
    return await onBackend(settings, async (device, open) => {
      const session = await openSession(settings, { note: (line) => view.note(line), signal });
      const summary = summarize(session);
      const trainer = makeTrainer(session, { folder, open, isResumed: false }, view, signal);
      return await watch({ session, trainer, summary, device, folder, isResumed: false }, view, signal);
    });
  } finally {
    release();
  }
}

async function goOn(given: Given, resume: string, view: View, signal: AbortSignal): Promise<number> {
  const found = await findCheckpoint(resume, 'last');
  // First, or another process might write a newer checkpoint than the one that is read.
  const { folder, release } = claimFolder(found.folder);
  try {
    const bytes = await readCheckpoint(found);
    const before: Before = { bytes, path: found.path, record: readRecord(bytes, found.path) };
    const settings = completeSettings(given, before.record.settings);
    const { epochs: length } = before.record.settings;
    if (settings.epochs !== length && hasLength(settings.scheduler)) {
      throw new ConfigError(`the schedule ${settings.scheduler} of the run was made for ${length} epochs, but --epochs is ${settings.epochs}. Begin a new run.`); // prettier-ignore
    }
    return await onBackend(settings, async (device, open) => {
      const { card } = before.record;
      const session = await openSession(settings, { note: (line) => view.note(line), signal, card });
      const change = changeSince(before.record.data, session.task.mark);
      if (change) {
        throw new ConfigError(`${settings.dataDir ?? settings.dataset} ${change}: ${folder} cannot go on with it. Bring it back as it was, or begin a new run with it.`); // prettier-ignore
      }
      const summary = summarize(session);
      const trainer = makeTrainer(session, { folder, open, isResumed: true }, view, signal);
      loadTrained(session.model, settings.model, before.bytes, before.path);
      await trainer.load(before.bytes, before.path);
      await forgetMetricsAfter(folder, trainer.position);
      if (trainer.position.epoch >= settings.epochs) {
        view.note(`All ${settings.epochs} epochs of ${folder} are over. Pass --epochs for more.`);
        return exitCodes.done;
      }
      return await watch({ session, trainer, summary, device, folder, isResumed: true }, view, signal);
    });
  } finally {
    release();
  }
}

/** All that a run needs to take its next step. */
interface Ready {
  readonly session: Session;
  readonly trainer: train.Trainer;
  readonly summary: Summary;
  readonly device: Device;
  readonly folder: string;
  readonly isResumed: boolean;
}

/** Trains, and shows it. */
async function watch(
  { session, trainer, summary, device, folder, isResumed }: Ready,
  view: View,
  signal: AbortSignal,
): Promise<number> {
  const { settings, task } = session;
  const store = folderStore(folder);
  signal.throwIfAborted();
  await store.write(files.config, new TextEncoder().encode(`${JSON.stringify(recordOf(session), undefined, 2)}\n`));
  for (const note of task.notes) view.note(note);
  const { epoch, step } = trainer.position;
  view.start({
    task: task.kind,
    folder,
    device: { name: device.name, description: device.description },
    model: summary,
    data: {
      description: task.description,
      trainSamples: task.train.length,
      testSamples: task.test.length,
      classes: task.classes,
    },
    epochs: settings.epochs,
    batches: trainer.options.trainLoader.length,
    accumulate: settings.accumulate ?? 1,
    logInterval: settings.logInterval ?? 10,
    ...(isResumed && { resumed: { epoch, step } }),
  });
  const began = performance.now();
  const end = (summary: Pick<RunSummary, 'outcome' | 'reason'>): void =>
    view.end({ ...summary, epochs: trainer.position.epoch, seconds: (performance.now() - began) / 1e3 });
  const howToGoOn = `go on with \`rushlight train --resume ${quoted(folder)}\``;
  try {
    if (!(await isTrained(trainer, settings.epochs, view, signal))) {
      await store.write(files.last, await trainer.save());
      end({ outcome: 'stopped', reason: `it is saved; ${howToGoOn}` });
      return codeOf(signal);
    }
  } catch (error) {
    end({ outcome: 'failed', reason: messageOf(error).replace(/\.$/, '') });
    if ((error instanceof train.StoreError || train.isDeviceLoss(error)) && existsSync(join(folder, files.last))) {
      view.note(`What was saved before is whole: ${howToGoOn}.`);
    }
    throw explained(error, session, trainer.position);
  }
  end(trainer.stopped === undefined ? { outcome: 'done' } : { outcome: 'stopped', reason: trainer.stopped });
  return exitCodes.done;
}

/** Trains. Whether it came to its end; if not, a signal came before. */
async function isTrained(trainer: train.Trainer, epochs: number, view: View, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const event of trainer.run(epochs)) {
      if (event.kind === 'step') await shown(view.step(event));
      else if (event.kind === 'epoch') view.epoch(event);
      else view.resumed(event);
      signal.throwIfAborted();
    }
    return true;
  } catch (error) {
    if (!isInterruption(error, signal)) throw error;
    return trainer.position.epoch >= epochs || trainer.stopped !== undefined;
  }
}

/** What cannot be read from a lost device is not shown: the run finds out by itself. */
async function shown(reading: Promise<void> | void): Promise<void> {
  try {
    await reading;
  } catch (error) {
    if (!train.isDeviceLoss(error)) throw error;
  }
}

/** An error that came from the user's model says so. */
function explained(error: unknown, { settings: { model } }: Session, { step }: train.Position): unknown {
  const place = isModelFile(model) ? placeIn(resolve(model), error) : '';
  if (place === '') return error;
  return new ConfigError(`the model ${model} fails after step ${step}: ${messageOf(error)}${place}`, { cause: error });
}

/** Runs the model once, before anything is written. Throws ConfigError where it cannot take the samples, or gives something else. */
function summarize({ model, task, settings }: Session): Summary {
  const shape = [1, ...task.inputShape];
  const wanted = [1, task.outputs];
  let summary: Summary;
  try {
    summary = summarizeModel(model, shape);
  } catch (cause) {
    throw new ConfigError(`the model ${settings.model} fails on an input of shape [${shape.join(', ')}]: ${messageOf(cause)}${placeIn(resolve(settings.model), cause)}`, { cause }); // prettier-ignore
  }
  const made = summary.outputShape;
  if (String(made) !== String(wanted)) {
    const what = made ? `[${made.join(', ')}]` : 'no tensor';
    throw new ConfigError(`the model ${settings.model} makes ${what} of an input of shape [${shape.join(', ')}], and the samples need [${wanted.join(', ')}]. Use the outputs that it is made for.`); // prettier-ignore
  }
  if (summary.trainable === 0) {
    throw new ConfigError(`the model ${settings.model} has no parameters to train. Keep its layers in fields.`);
  }
  return summary;
}

/** Where a run is kept, and how its backend is opened once more. */
interface Place {
  readonly folder: string;
  readonly open: () => Promise<Device>;
  readonly isResumed: boolean;
}

function makeTrainer(
  session: Session,
  { folder, open, isResumed }: Place,
  view: View,
  signal: AbortSignal,
): train.Trainer {
  const { settings, task, model } = session;
  const optimizer = makeOptimizer(model, settings);
  const trainLoader = trainLoaderOf(task.train, settings.batchSize);
  const { accumulate = 1, earlyStopping, clipGradNorm, checkpointEvery, logInterval = 10 } = settings;
  const monitor = task.kind === 'classification' ? 'accuracy' : 'r2';
  const callbacks: train.Callback[] = [
    metricsLog(folder, logInterval, isResumed),
    {
      onEvaluating(samples) {
        // It may take long. When the run goes on, all of it is done again.
        signal.throwIfAborted();
        view.evaluating?.(samples);
      },
    },
  ];
  if (earlyStopping !== undefined) callbacks.push(new train.EarlyStopping({ monitor, patience: earlyStopping }));
  return new train.Trainer({
    model,
    criterion: criterionOf(task.kind),
    optimizer,
    trainLoader,
    evalLoader: evalLoaderOf(task.test),
    metrics: metricsOf(task.kind, task.targetScale),
    accumulate,
    ...makeSchedule(settings, optimizer, Math.ceil(trainLoader.length / accumulate)),
    ...(clipGradNorm !== undefined && { clipGradNorm }),
    callbacks,
    onDeviceLost: open,
    checkpoints: {
      store: folderStore(folder),
      monitor,
      extra: recordOf(session),
      ...(checkpointEvery !== undefined && { every: checkpointEvery }),
    },
  });
}
