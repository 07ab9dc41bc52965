// What a trainer is made with.

import { ValueError, type Generator } from '@rushlight/core';
import type { Optimizer } from '@rushlight/optim';
import type { Callback } from './callbacks/callback.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { Criterion } from './criterion.ts';
import type { OnDeviceLost } from './device-loss.ts';
import { checkMetricNames, type Batch, type Model } from './evaluate.ts';
import type { Metric } from './metrics/metric.ts';
import { checkMonitor, modeOf, type WatchOptions } from './watched.ts';

/** Any schedule of optim.lrScheduler. */
export interface Scheduler {
  /** What kind it is, `StepLR`: kept in checkpoints, so that no other takes its state. */
  readonly name?: string;
  /** `ReduceLROnPlateau` takes what is watched. */
  step(watched: number): void;
  /** Its state as plain JSON, infinities allowed. */
  stateDict(): object;
  /** Takes back what `stateDict` gave. */
  loadStateDict(state: never): void;
}

/** Batches of inputs and targets, an epoch per iteration: a DataLoader. */
export interface Loader extends AsyncIterable<Batch> {
  /** From a batch on; `passed` is called when the order of the epoch is drawn and the batches before are passed over. */
  batches(options: { readonly from: number; readonly passed: () => void }): AsyncIterable<Batch>;
  /** How many batches an epoch has. What does not know throws. */
  readonly length: number;
  /** How many samples an epoch has, where that is known. */
  readonly dataset: { readonly length?: number };
  /** Samples in a batch, where they are all of one size. */
  readonly batchSize?: number | undefined;
  /** How many batches it fetches ahead. With 1 or more samples draw from others than with 0. */
  readonly prefetch?: number | undefined;
  /** What it and its sampler draw from, besides the default generator. */
  readonly generators?: readonly Generator[] | undefined;
  /** The same of a loader that has only one. */
  readonly generator?: Generator | undefined;
  /** What else a checkpoint shall keep of it: plain JSON. */
  stateDict?(): unknown;
  /** Takes back what `stateDict` gave. Where it throws, nothing of the checkpoint is loaded. */
  loadStateDict?(state: never): void;
}

/** Which checkpoints a run keeps: `lastCheckpoint` and, by what is watched, `bestCheckpoint`. */
export interface CheckpointOptions extends WatchOptions {
  /** Where: `folderStore(path)` of `@rushlight/train/node`, `opfsStore(name)` in a page, `memoryStore()`. */
  readonly store: CheckpointStore;
  /** Also after every so many updates of the weights, not only after each epoch. */
  readonly every?: number;
  /** What else a checkpoint says: the configuration, the names of classes. Plain JSON. */
  readonly extra?: unknown;
}

/** The name of the file in which `checkpoints` keeps the run as it is: `trainer.load` goes on from it. */
export const lastCheckpoint = 'last.safetensors';
/** The name of the file in which `checkpoints` keeps the weights of the best epoch, by what it watches: for `loadWeights`. */
export const bestCheckpoint = 'best.safetensors';

/** What is trained, with what, and how. */
export interface TrainerOptions {
  /** Switched to training before each epoch, and to evaluation for the time of one. */
  readonly model: Model;
  /** The mean loss of a batch. */
  readonly criterion: Criterion;
  /** Of the model's parameters. */
  readonly optimizer: Optimizer;
  /** What is learnt from, once in each epoch. */
  readonly trainLoader: Loader;
  /** What is evaluated after each epoch. */
  readonly evalLoader?: Loader;
  /** What the evaluation measures besides the loss, by the names that the values shall have. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  /** Sets the learning rates of the optimizer as the run goes on. */
  readonly scheduler?: Scheduler;
  /** Whether the schedule goes on after each epoch or after each update (OneCycleLR). Default `epoch`. */
  readonly scheduleBy?: 'epoch' | 'step';
  /** Batches whose gradients are averaged for one update. Default 1. */
  readonly accumulate?: number;
  /** What the norm of all gradients together is brought down to, where it is larger. */
  readonly clipGradNorm?: number;
  /** What each element of the gradients is kept within, both ways; after `clipGradNorm`. */
  readonly clipGradValue?: number;
  /** Told what happens, in their order. */
  readonly callbacks?: readonly Callback[];
  /** Without them nothing is written. */
  readonly checkpoints?: CheckpointOptions;
  /**
   * What becomes of the run when its device is lost. Default `resume` on a device that is only read asynchronously, as a GPU is, and
   * `throw` on others. Where it resumes, a checkpoint of the beginning of the run, of the last epoch or of the last `checkpoints.every`
   * is kept in memory, with what the data set and the criterion have on the device.
   */
  readonly onDeviceLost?: OnDeviceLost;
}

/** Refuses options that make no sense, by a ValueError. Which way what is watched is better. */
export function checkTrainerOptions(options: TrainerOptions): 'min' | 'max' {
  const { accumulate = 1, clipGradNorm, clipGradValue, callbacks = [], metrics = {} } = options;
  const { scheduler, scheduleBy = 'epoch' } = options;
  const checkpoints: Partial<CheckpointOptions> = options.checkpoints ?? {};
  if (!Number.isInteger(accumulate) || accumulate < 1) {
    throw new ValueError('Trainer', `accumulate is ${accumulate}. It must be an integer ≥ 1.`);
  }
  const limits = { clipGradNorm, clipGradValue };
  for (const [name, value] of Object.entries(limits)) {
    if (value !== undefined && !(value > 0)) {
      throw new ValueError('Trainer', `${name} is ${value}. It must be greater than 0, or left out.`);
    }
  }
  const { every = 1 } = checkpoints;
  if (!Number.isInteger(every) || every < 1) {
    throw new ValueError('Trainer', `checkpoints.every is ${every}. It must be an integer ≥ 1, or left out.`);
  }
  checkExtra(checkpoints);
  if (scheduleBy !== 'epoch' && scheduleBy !== 'step') {
    throw new ValueError('Trainer', `scheduleBy is ${JSON.stringify(scheduleBy)}. Use 'epoch' or 'step'.`);
  }
  const { onDeviceLost = 'throw' } = options;
  if (onDeviceLost !== 'resume' && onDeviceLost !== 'throw' && typeof onDeviceLost !== 'function') {
    throw new ValueError(
      'Trainer',
      `onDeviceLost is ${JSON.stringify(onDeviceLost)}. Use 'resume', 'throw' or a function.`,
    );
  }
  checkCallbacks(callbacks);
  checkMetricNames('Trainer', metrics);
  checkMonitor(checkpoints, metrics, options.evalLoader !== undefined);
  const mode = modeOf(checkpoints);
  if (scheduler && 'patience' in scheduler) checkWatching(scheduler, scheduleBy, mode);
  return mode;
}

/** Refuses what could not be written when the first epoch is over. */
function checkExtra({ extra }: Partial<CheckpointOptions>): void {
  try {
    JSON.stringify(extra);
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ValueError('Trainer', `checkpoints.extra is no plain JSON (${reason}). Leave out what is not.`);
  }
}

/** Refuses a schedule that watches a number, where there is none or it waits for the wrong way. */
function checkWatching(scheduler: Scheduler, scheduleBy: 'epoch' | 'step', mode: 'min' | 'max'): void {
  if (scheduleBy === 'step') {
    throw new ValueError('Trainer', "a schedule that watches a number goes on by epoch, where there is one. Leave out scheduleBy: 'step'."); // prettier-ignore
  }
  const { mode: own } = scheduler as { readonly mode?: unknown };
  if (own === undefined || own === mode) return;
  throw new ValueError(
    'Trainer',
    `the schedule has mode '${String(own)}', and what is watched has '${mode}'. Make it with { mode: '${mode}' }, or watch another number: checkpoints.monitor.`,
  );
}

/** Refuses callbacks whose states could not be told apart in a checkpoint. */
function checkCallbacks(callbacks: readonly Callback[]): void {
  const names = new Set<string>();
  for (const { name, stateDict } of callbacks) {
    if (!stateDict) continue;
    if (!name)
      throw new ValueError('Trainer', 'a callback has a stateDict, but no name to keep it under. Give it one.');
    if (names.has(name)) {
      throw new ValueError(
        'Trainer',
        `two callbacks have a stateDict and the name "${name}". Give one of them another.`,
      );
    }
    names.add(name);
  }
}
