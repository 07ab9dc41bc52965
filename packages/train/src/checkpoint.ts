// What a run is at one moment, as one safetensors file: the weights under their own names, so that anything that reads safetensors
// reads them, what the optimizer remembers under `optimizer/…`, and all that is no tensor as JSON in the metadata.

import { isTensor, tensor, type Device, type Tensor } from '@rushlight/core';
import { loadSafetensors, readSafetensorsHeader, saveSafetensors } from '@rushlight/io';
import type { StateDict } from '@rushlight/nn';
import type { OptimizerStateDict } from '@rushlight/optim';
import { CheckpointError } from './checkpoint-error.ts';

/** Where a run is. */
export interface Position {
  /** Epochs that are over. */
  readonly epoch: number;
  /** Batches of the epoch at hand that are over. */
  readonly batch: number;
  /** Updates of the weights since the beginning. */
  readonly step: number;
}

/** States of the generators that a run draws from: the default one, and the loader's own where it has one. */
export type GeneratorStates = readonly Uint8Array[];

/** All that decides how a run goes on. */
export interface Checkpoint {
  readonly model: StateDict;
  readonly optimizer: OptimizerStateDict;
  readonly position: Position;
  /** At the beginning of the epoch, which the order of its samples follows from, and now. */
  readonly generators: { readonly epoch: GeneratorStates; readonly now: GeneratorStates };
  /** Everything else: plain JSON, infinities and NaN allowed. */
  readonly rest: Readonly<Record<string, unknown>>;
}

const version = 1;
const versionKey = 'rushlight.checkpoint';
const stateKey = 'rushlight.state';
const extraKey = 'rushlight.extra';

interface State {
  readonly position: Position;
  readonly groups: OptimizerStateDict['param_groups'];
  /** Numbers that an optimizer remembers, by parameter and name. */
  readonly numbers: Readonly<Record<number, Readonly<Record<string, number | null>>>>;
  readonly generators: { readonly epoch: number; readonly now: number };
  readonly rest: Readonly<Record<string, unknown>>;
}

/** The bytes of a checkpoint: what is on the devices is read. */
export function encodeCheckpoint({ model, optimizer, position, generators, rest }: Checkpoint): Promise<Uint8Array> {
  const tensors: Record<string, Tensor> = { ...model };
  const numbers: Record<number, Record<string, number | null>> = {};
  const add = (name: string, value: Tensor): void => {
    if (name in tensors) throw new CheckpointError(`the model has a tensor "${name}", a name that checkpoints need.`);
    tensors[name] = value;
  };
  for (const [number, state] of Object.entries(optimizer.state)) {
    const own: Record<string, number | null> = {};
    for (const [name, value] of Object.entries(state)) {
      if (isTensor(value)) add(`optimizer/${number}/${name}`, value);
      else if (value !== undefined) own[name] = value;
    }
    numbers[Number(number)] = own;
  }
  for (const moment of ['epoch', 'now'] as const) {
    generators[moment].forEach((bytes, k) => add(`generator/${moment}/${k}`, tensor(bytes)));
  }
  const state: State = {
    position,
    groups: optimizer.param_groups,
    numbers,
    generators: { epoch: generators.epoch.length, now: generators.now.length },
    rest,
  };
  return saveSafetensors(tensors, { metadata: { [versionKey]: String(version), [stateKey]: toJson(state) } });
}

/** The bytes of weights alone, and what else is to be said of them. */
export const encodeWeights = (model: StateDict, extra?: unknown): Promise<Uint8Array> =>
  saveSafetensors(model, extra === undefined ? {} : { metadata: { [extraKey]: toJson(extra) } });

/** What a checkpoint, or a file that `saveWeights` made, says besides; undefined where it says nothing. No tensor is made. Throws FormatError. */
export function readExtra(bytes: Uint8Array, name?: string): unknown {
  const { metadata } = readSafetensorsHeader(bytes, named(name));
  const [state, extra] = [metadata[stateKey], metadata[extraKey]];
  if (state !== undefined) return parseState(state, name ?? 'the checkpoint').rest['extra'];
  return extra === undefined ? undefined : fromJson(extra);
}

/** The weights in a checkpoint, in a file that `saveWeights` made, or in any safetensors file. Throws FormatError. */
export function loadWeights(bytes: Uint8Array, name?: string): StateDict {
  const { tensors, metadata } = loadSafetensors(bytes, named(name));
  if (!(versionKey in metadata)) return tensors;
  return Object.fromEntries(Object.entries(tensors).filter(([key]) => !isStateKey(key)));
}

const named = (name: string | undefined): { name?: string } => (name === undefined ? {} : { name });

/** Whether a tensor of a checkpoint is no weight. */
const isStateKey = (key: string): boolean => /^(?:optimizer|generator)\//.test(key);

/** Reads a checkpoint, its tensors onto a device; `name` says in messages where it came from. Throws CheckpointError, and FormatError for damaged bytes. */
export async function decodeCheckpoint(bytes: Uint8Array, name: string, device?: Device): Promise<Checkpoint> {
  const { tensors, metadata } = loadSafetensors(bytes, { name, ...(device && { device }) });
  const found = metadata[versionKey];
  if (found === undefined && extraKey in metadata) {
    throw new CheckpointError(`${name} holds weights alone, and nothing that a run could go on from. Take the last checkpoint of the run.`); // prettier-ignore
  }
  if (found === undefined) {
    throw new CheckpointError(
      `${name} holds ${Object.keys(tensors).length} tensors, but nothing that a run could go on from: it was not written by Rushlight's trainer. ` +
        'Load its weights with `model.loadStateDict(loadWeights(bytes))`.',
    );
  }
  if (Number(found) !== version) {
    const cure = Number(found) > version ? 'Update Rushlight' : 'Begin a new run';
    throw new CheckpointError(`${name} is of version ${found} of checkpoints, and this reads version ${version}. ${cure}.`); // prettier-ignore
  }
  const { position, groups, numbers, generators, rest } = parseState(metadata[stateKey] ?? '', name);
  const model: Record<string, Tensor> = {};
  const state: Record<number, Record<string, Tensor | number | null>> = {};
  for (const [number, own] of Object.entries(numbers)) state[Number(number)] = { ...own };
  const states = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(tensors)) {
    const [kind, number, ...names] = key.split('/');
    if (kind === 'optimizer' && number) (state[Number(number)] ??= {})[names.join('/')] = value;
    else if (kind === 'generator' && number) {
      states.set(key, new Uint8Array((await value.data()) as Uint8Array));
    } else model[key] = value;
  }
  const statesOf = (moment: 'epoch' | 'now'): Uint8Array[] =>
    Array.from({ length: generators[moment] }, (_, k) => {
      const bytesOf = states.get(`generator/${moment}/${k}`);
      if (bytesOf) return bytesOf;
      throw new CheckpointError(`${name} lacks the state of generator ${k}. Take another checkpoint of the run.`);
    });
  return {
    model,
    optimizer: { state, param_groups: groups },
    position,
    generators: { epoch: statesOf('epoch'), now: statesOf('now') },
    rest,
  };
}

function parseState(json: string, name: string): State {
  let state: Partial<State> | undefined;
  try {
    state = fromJson(json) as Partial<State>;
  } catch {
    // told below
  }
  const { position, groups, numbers, generators, rest } = state ?? {};
  const isWhole = (x: unknown): boolean => Number.isInteger(x) && (x as number) >= 0;
  if (
    !position || ![position.epoch, position.batch, position.step].every(isWhole) ||
    !Array.isArray(groups) || !numbers || !rest || !generators || ![generators.epoch, generators.now].every(isWhole)
  ) {
    throw new CheckpointError(`${name} does not say where its run was. Take another checkpoint of the run.`);
  } // prettier-ignore
  return { position, groups, numbers, generators, rest };
}

/** JSON has no infinities: they become { $number: "-Infinity" }. */
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, x: unknown) => (typeof x === 'number' && !Number.isFinite(x) ? { $number: String(x) } : x));

const fromJson = (json: string): unknown =>
  JSON.parse(json, (_, x: unknown) =>
    typeof x === 'object' && x !== null && '$number' in x && Object.keys(x).length === 1 ? Number(x.$number) : x,
  );
