// Whether a run can go on from a checkpoint: all of it is found out before anything is changed.

import { Generator, show } from '@rushlight/core';
import type { Module, StateDict } from '@rushlight/nn';
import type { Optimizer } from '@rushlight/optim';
import { CheckpointError } from './checkpoint-error.ts';
import type { Checkpoint, GeneratorStates } from './checkpoint.ts';
import type { LossTotals } from './loss-log.ts';

/** What a checkpoint of a trainer says besides. Older ones lack what may be undefined. */
export interface Rest {
  readonly scheduler: object | null;
  readonly callbacks: Readonly<Record<string, unknown>>;
  readonly losses: { readonly sum: number; readonly samples: number; readonly weight?: number };
  readonly best: number;
  readonly extra: unknown;
  /** Of which kinds the parts were. */
  readonly kinds?: Kinds;
  readonly data?: DataSize;
  /** What the loaders keep, where they keep something. */
  readonly loaders?: Readonly<Record<'train' | 'eval', unknown>>;
  /** Learning rates of the last update. */
  readonly lr?: readonly number[];
  /** Whether only the evaluation of the epoch is missing. */
  readonly isTrained?: boolean;
}

/** The names of an optimizer and a schedule. */
export interface Kinds {
  readonly optimizer?: string;
  readonly scheduler?: string;
}

/** How much an epoch has, and how much of it is fetched ahead, where that is known. */
export interface DataSize {
  readonly prefetch?: number;
  readonly samples?: number;
  readonly batchSize?: number;
  readonly batches?: number;
}

/** What a run goes on from, when all of it was looked at. */
export interface Found {
  readonly rest: Partial<Rest>;
  readonly losses: LossTotals;
}

/** The parts of a run that a checkpoint must fit. */
export interface Parts {
  readonly model: Module;
  readonly optimizer: Optimizer;
  readonly hasScheduler: boolean;
  readonly kinds: Kinds;
  readonly data: DataSize;
  /** How many generators it draws from. */
  readonly generators: number;
}

/** Throws CheckpointError, naming the file, for the first thing that does not fit. */
export function checkFit(name: string, checkpoint: Checkpoint, parts: Parts): Found {
  const rest = checkpoint.rest as Partial<Rest>;
  checkKinds(name, rest, parts);
  checkOptions(name, checkpoint, parts.optimizer);
  checkWeights(name, checkpoint.model, parts.model.stateDict());
  checkData(name, rest.data ?? {}, parts.data);
  if (checkpoint.generators.epoch.length > 0) checkGenerators(name, checkpoint.generators.epoch, parts.generators);
  checkGenerators(name, checkpoint.generators.now, parts.generators);
  return { rest, losses: lossesOf(name, rest) };
}

function checkKinds(name: string, { scheduler, kinds = {} }: Partial<Rest>, { hasScheduler, kinds: own }: Parts): void {
  if (((scheduler ?? null) !== null) !== hasScheduler) {
    const [had, has] = hasScheduler ? ['no schedule', 'one'] : ['a schedule', 'none'];
    throw new CheckpointError(`the run of ${name} had ${had}, and this has ${has}. Use the configuration of the run.`);
  }
  for (const part of ['optimizer', 'scheduler'] as const) {
    const [had, has] = [kinds[part], own[part]];
    if (had === undefined || has === undefined || had === has) continue;
    const what = part === 'optimizer' ? 'optimizer' : 'schedule';
    throw new CheckpointError(`the ${what} of ${name} is ${had}, that of this run ${has}. Use the configuration of the run.`); // prettier-ignore
  }
}

/** What schedules note in the groups of an optimizer. */
const notes = ['initial_lr', 'max_lr', 'min_lr', 'max_momentum', 'base_momentum'];

/** By its options another kind of optimizer is known, too, where nothing was to be remembered. */
function checkOptions(name: string, { optimizer: { param_groups: saved } }: Checkpoint, optimizer: Optimizer): void {
  optimizer.stateDict().param_groups.forEach((group, g) => {
    const found = saved[g];
    const missing = found && Object.keys(group).find((key) => !notes.includes(key) && !Object.hasOwn(found, key));
    if (missing === undefined) return;
    throw new CheckpointError(
      `the optimizer of ${name} has no ${missing}, and that of this run, ${optimizer.name}, does. Use the configuration of the run.`,
    );
  });
}

function checkWeights(name: string, saved: StateDict, own: StateDict): void {
  const lacking = Object.keys(own).filter((key) => !Object.hasOwn(saved, key));
  const foreign = Object.keys(saved).filter((key) => !Object.hasOwn(own, key));
  const differing = Object.entries(own).flatMap(([key, { shape, dtype }]) => {
    const found = Object.hasOwn(saved, key) ? saved[key] : undefined;
    if (!found || (show(found.shape) === show(shape) && found.dtype === dtype)) return [];
    return [`"${key}" is ${found.dtype} ${show(found.shape)} there, and ${dtype} ${show(shape)} in the model`];
  });
  const faults = [
    ...(lacking.length > 0 ? [`it lacks ${few(lacking.map((key) => `"${key}"`), ', ')}`] : []),
    ...(foreign.length > 0 ? [`it has ${few(foreign.map((key) => `"${key}"`), ', ')}, which the model lacks`] : []),
    ...(differing.length > 0 ? [few(differing, '; ')] : []),
  ]; // prettier-ignore
  if (faults.length === 0) return;
  throw new CheckpointError(`${name} is of another model: ${faults.join('; ')}. Make the model of the run.`);
}

/** The first few of a list, which may be long. */
function few(list: readonly string[], between: string): string {
  const most = 3;
  const more = list.length > most ? ` and ${list.length - most} more` : '';
  return list.slice(0, most).join(between) + more;
}

function checkData(name: string, had: DataSize, has: DataSize): void {
  const differ = (['samples', 'batchSize', 'batches'] as const).some(
    (key) => had[key] !== undefined && has[key] !== undefined && had[key] !== has[key],
  );
  if (!differ) {
    if (had.prefetch === undefined || has.prefetch === undefined || had.prefetch === has.prefetch) return;
    // Each batch that is fetched ahead has a generator of its own. A sampler that has no length is asked only so far ahead.
    const isOther = had.prefetch > 0 !== has.prefetch > 0;
    if (!isOther && (has.samples === undefined || has.batches !== undefined)) return;
    const why = isOther
      ? 'samples draw other numbers with 0 than without'
      : 'a sampler without a length draws its order as it goes';
    throw new CheckpointError(
      `the run of ${name} had a loader with prefetch ${had.prefetch}, this one has ${has.prefetch}, and ${why}. Use the prefetch of the run.`,
    );
  }
  throw new CheckpointError(
    `an epoch of the run of ${name} has ${sizeText(had)}, and this run's loader gives ${sizeText(has)}. ` +
      'Use the data and the batch size of the run, or begin a new run with its weights: `model.loadStateDict(loadWeights(bytes))`.',
  );
}

function sizeText({ samples, batchSize, batches }: DataSize): string {
  const parts = [
    ...(samples === undefined ? [] : [`${samples} samples`]),
    ...(batchSize === undefined ? [] : [`batches of ${batchSize}`]),
  ];
  const size = parts.join(' in ');
  if (batches === undefined) return size;
  const count = `${batches} ${batches === 1 ? 'batch' : 'batches'}`;
  return size ? `${size} (${count})` : count;
}

function checkGenerators(name: string, states: GeneratorStates, own: number): void {
  const { length } = states;
  if (length !== own) {
    throw new CheckpointError(
      `${name} has the states of ${length} ${length === 1 ? 'generator' : 'generators'}, and this run draws from ${own}. Give the loader and its sampler generators as they had.`,
    );
  }
  for (const state of states) {
    try {
      new Generator().setState(state);
    } catch (error) {
      throw new CheckpointError(`${name} has a state that no generator has. Take another checkpoint of the run.`, { cause: error }); // prettier-ignore
    }
  }
}

function lossesOf(name: string, { losses, best, callbacks }: Partial<Rest>): LossTotals {
  const { sum, samples, weight = samples } = losses ?? {};
  const isWhole = [sum, samples, weight, best].every((x) => typeof x === 'number');
  if (!isWhole || typeof callbacks !== 'object' || callbacks === null) {
    throw new CheckpointError(`${name} does not say where its run was. Take another checkpoint of the run.`);
  }
  return { sum: sum as number, samples: samples as number, weight: weight as number };
}
