// The training loop. It is an async generator of what happens: whoever iterates decides when it goes on, so that pausing, stopping
// and single steps need nothing of their own. `fit` is that loop for those who only want it done. No backend is named here.

import { defaultGenerator, ValueError, type Generator, type Tensor } from '@rushlight/core';
import { clipGradNorm_, clipGradValue_, type Optimizer } from '@rushlight/optim';
import type { Callback } from './callbacks/callback.ts';
import { CheckpointError } from './checkpoint-error.ts';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  encodeWeights,
  type GeneratorStates,
  type Position,
} from './checkpoint.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { evaluate, sizeOf, type Batch, type Criterion, type Model } from './evaluate.ts';
import type { EpochEvent, StepEvent, TrainEvent } from './events.ts';
import { LossLog } from './loss-log.ts';
import type { Metric } from './metrics/metric.ts';
import { findNonFinite, findNonFiniteWeight, NonFiniteLossError } from './non-finite.ts';
import { isBetter, modeOf, watched, worstOf, type WatchOptions } from './watched.ts';

/** Any schedule of optim.lrScheduler. */
export interface Scheduler {
  /** `ReduceLROnPlateau` takes what is watched. */
  step(watched: number): void;
  stateDict(): object;
  loadStateDict(state: never): void;
}

/** Batches of inputs and targets, an epoch per iteration: a DataLoader. */
export interface Loader extends AsyncIterable<Batch> {
  /** From a batch on; `passed` is called when the order of the epoch is drawn and the batches before are passed over. */
  batches(options: { readonly from: number; readonly passed: () => void }): AsyncIterable<Batch>;
  /** How many batches an epoch has. What does not know throws. */
  readonly length: number;
  readonly dataset: { readonly length?: number };
  /** Where it draws from, if not from the default generator. */
  readonly generator?: Generator | undefined;
}

export interface CheckpointOptions extends WatchOptions {
  readonly store: CheckpointStore;
  /** Also after every so many updates of the weights, not only after each epoch. */
  readonly every?: number;
  /** What else a checkpoint says: the configuration, the names of classes. Plain JSON. */
  readonly extra?: unknown;
}

/** The file of the run as it is, and that of the weights of the best epoch. */
export const lastCheckpoint = 'last.safetensors';
export const bestCheckpoint = 'best.safetensors';

export interface TrainerOptions {
  readonly model: Model;
  readonly criterion: Criterion;
  readonly optimizer: Optimizer;
  readonly trainLoader: Loader;
  /** What is evaluated after each epoch. */
  readonly evalLoader?: Loader;
  readonly metrics?: Readonly<Record<string, Metric>>;
  readonly scheduler?: Scheduler;
  /** Whether the schedule goes on after each epoch or after each update (OneCycleLR). Default `epoch`. */
  readonly scheduleBy?: 'epoch' | 'step';
  /** Batches whose gradients are averaged for one update. Default 1. */
  readonly accumulate?: number;
  /** Clips the norm of all gradients together, or each element. */
  readonly clipGradNorm?: number;
  readonly clipGradValue?: number;
  readonly callbacks?: readonly Callback[];
  readonly checkpoints?: CheckpointOptions;
}

/** How a run ended. */
export interface FitResult {
  /** Of this call. */
  readonly epochs: readonly EpochEvent[];
  /** Why it ended before the last epoch; undefined if it did not. */
  readonly stopped: string | undefined;
}

/**
 * Trains a model: epochs, evaluation, schedule, clipping, checkpoints. Resuming from a checkpoint gives the very numbers of a run that
 * was not interrupted: order of samples, dropout and moments included.
 *
 * @example
 * const trainer = new Trainer({ model, criterion: new nn.CrossEntropyLoss(), optimizer, trainLoader, evalLoader });
 * for await (const event of trainer.run(5)) {
 *   if (event.kind === 'epoch') console.log(event.epoch, event.evaluation);
 * }
 */
export class Trainer {
  readonly options: TrainerOptions;
  #position: Position = { epoch: 0, batch: 0, step: 0 };
  /** Generators at the beginning of the epoch, if it has begun; and now, where something draws that does not count. */
  #epochStart: GeneratorStates | undefined;
  #frozen: GeneratorStates | undefined;
  #losses = new LossLog();
  #best: number;
  #stopped: string | undefined;
  #isRunning = false;

  /** Throws ValueError for options that make no sense. */
  constructor(options: TrainerOptions) {
    const { accumulate = 1, clipGradNorm, clipGradValue, checkpoints = {}, callbacks = [] } = options;
    if (!Number.isInteger(accumulate) || accumulate < 1) {
      throw new ValueError('Trainer', `accumulate is ${accumulate}. It must be an integer ≥ 1.`);
    }
    const limits = { clipGradNorm, clipGradValue };
    for (const [name, value] of Object.entries(limits)) {
      if (value !== undefined && !(value > 0)) {
        throw new ValueError('Trainer', `${name} is ${value}. It must be greater than 0, or left out.`);
      }
    }
    const every = (checkpoints as Partial<CheckpointOptions>).every ?? 1;
    if (!Number.isInteger(every) || every < 1) {
      throw new ValueError('Trainer', `checkpoints.every is ${every}. It must be an integer ≥ 1, or left out.`);
    }
    if (options.scheduleBy === 'step' && options.scheduler && 'patience' in options.scheduler) {
      throw new ValueError('Trainer', "a schedule that watches a number goes on by epoch, where there is one. Leave out scheduleBy: 'step'."); // prettier-ignore
    }
    for (const callback of callbacks) {
      if (callback.stateDict && !callback.name) {
        throw new ValueError('Trainer', 'a callback has a stateDict, but no name to keep it under. Give it one.');
      }
    }
    this.options = options;
    this.#best = worstOf(modeOf(options.checkpoints ?? {}));
  }

  /** Where the run is. */
  get position(): Position {
    return this.#position;
  }

  /** The best of what `checkpoints` watches; undefined before the first epoch is over. */
  get best(): number | undefined {
    return Number.isFinite(this.#best) ? this.#best : undefined;
  }

  /** Why the run was ended, if it was. */
  get stopped(): string | undefined {
    return this.#stopped;
  }

  /** Ends the run after what is being told: the step or the epoch. Running again goes on. */
  stop(reason: string): void {
    this.#stopped = reason;
  }

  /** Trains until `epochs` are over in all; telling is up to callbacks. With a signal that aborts, it stops after a step. */
  async fit(epochs: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<FitResult> {
    const done: EpochEvent[] = [];
    for await (const event of this.run(epochs)) {
      if (event.kind === 'epoch') done.push(event);
      if (signal?.aborted) this.stop('it was aborted');
    }
    return { epochs: done, stopped: this.#stopped };
  }

  /**
   * Trains until `epochs` are over in all, and tells of each update and each epoch. Whoever leaves the loop leaves the run at a place
   * that `save` can write down and `run` goes on from. Rejects with NonFiniteLossError for a loss that is no finite number.
   */
  async *run(epochs: number): AsyncGenerator<TrainEvent, void, undefined> {
    if (!Number.isInteger(epochs) || epochs < 0) {
      throw new ValueError('Trainer', `epochs is ${epochs}. It must be an integer ≥ 0.`);
    }
    if (this.#isRunning) throw new ValueError('Trainer', 'it is running. Wait for that run, or leave its loop.');
    this.#isRunning = true;
    this.#stopped = undefined;
    const callbacks = this.options.callbacks ?? [];
    try {
      for (const callback of callbacks) await callback.onStart?.(this);
      while (this.#position.epoch < epochs && !this.#isStopped()) yield* this.#epoch();
    } finally {
      this.options.model.train();
      // An evaluation that failed has drawn what it will draw again.
      if (this.#frozen) this.#restore(this.#frozen);
      this.#frozen = undefined;
      this.#isRunning = false;
      for (const callback of callbacks) await callback.onEnd?.(this);
    }
  }

  /** A method, since TypeScript takes a field to stay what it was. */
  #isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  async *#epoch(): AsyncGenerator<TrainEvent, void, undefined> {
    const { optimizer, scheduler, scheduleBy = 'epoch', evalLoader } = this.options;
    const began = performance.now();
    let lr: readonly number[] = optimizer.paramGroups.map((group) => group.lr);
    for await (const event of this.#steps()) {
      ({ lr } = event);
      yield event;
      if (this.#isStopped()) return;
    }
    await this.#readLosses();
    // The evaluation draws from the generator, as loaders do. A checkpoint made meanwhile is of before.
    this.#frozen = this.#states();
    const onBatch = (samples: number): void => {
      for (const callback of this.options.callbacks ?? []) callback.onEvaluating?.(samples, this);
    };
    const evaluation = evalLoader && (await evaluate(evalLoader, { ...this.options, onBatch }));
    const { epoch, step } = this.#position;
    if (Number.isNaN(evaluation?.loss)) {
      const where = (await findNonFiniteWeight(this.options.model)) ?? 'the evaluation';
      throw new NonFiniteLossError(NaN, { epoch: epoch + 1, step }, where);
    }
    const seconds = (performance.now() - began) / 1e3;
    const told = { kind: 'epoch', epoch: epoch + 1, step, loss: this.#losses.mean, evaluation, lr, isBest: false, seconds } as const; // prettier-ignore
    const value = watched(this.options.checkpoints ?? {}, told);
    const isBest = isBetter(value, this.#best, modeOf(this.options.checkpoints ?? {}));
    if (isBest) this.#best = value;
    if (scheduleBy === 'epoch') scheduler?.step(value);
    this.#position = { epoch: epoch + 1, batch: 0, step };
    this.#epochStart = undefined;
    this.#frozen = undefined;
    this.#losses = new LossLog();
    const event = { ...told, isBest };
    for (const callback of this.options.callbacks ?? []) await callback.onEpoch?.(event, this);
    if (this.options.checkpoints) await this.#write(this.options.checkpoints, isBest);
    yield event;
  }

  async *#steps(): AsyncGenerator<StepEvent, void, undefined> {
    const { model, criterion, optimizer, trainLoader, accumulate = 1 } = this.options;
    // An epoch of which nothing is done begins as it did.
    const now = this.#position.batch > 0 ? this.#states() : undefined;
    if (this.#epochStart) this.#restore(this.#epochStart);
    else this.#epochStart = this.#states();
    // Once the batches before are passed over, everything is drawn from where it was.
    const passed = (): void => now && this.#restore(now);
    const batches = ifKnown(() => trainLoader.length);
    const from = this.#position.batch;
    let batch = from;
    let group: Group | undefined;
    model.train();
    optimizer.zeroGrad();
    for await (const [input, target] of trainLoader.batches({ from, passed })) {
      const begun = group?.size ?? 0;
      const of = Math.min(accumulate, batches === undefined ? accumulate : batches - (batch - begun));
      const output = model(input);
      const loss = criterion(output, target);
      const seen: number = group?.seen ?? this.#losses.samples;
      this.#losses.add(loss, sizeOf(input), this.#position.step + 1);
      // Where reading does not wait, a loss that is no number is found before it gets into the weights.
      if (loss.device.backend.readSync || this.#losses.isFull) await this.#readLosses([input, target]);
      (of > 1 ? loss.div(of) : loss).backward();
      batch++;
      group = { size: begun + 1, seen, loss, output, target };
      if (group.size < of) continue;
      yield await this.#update(batch, group);
      group = undefined;
    }
    // Without a length nobody knew that the last group would be smaller.
    if (group) yield await this.#update(batch, group);
    if (batch === 0) throw new ValueError('Trainer', 'the loader gives no batch. Check its data set and batch size.');
  }

  /** Updates the weights by the gradients of a group of batches, and tells of it. */
  async #update(batch: number, { seen, loss, output, target }: Group): Promise<StepEvent> {
    const { model, optimizer, scheduler, clipGradNorm, clipGradValue, trainLoader, checkpoints } = this.options;
    const lr = optimizer.paramGroups.map((options) => options.lr);
    if (clipGradNorm !== undefined) clipGradNorm_(model.parameters(), clipGradNorm);
    if (clipGradValue !== undefined) clipGradValue_(model.parameters(), clipGradValue);
    optimizer.step();
    optimizer.zeroGrad();
    if (this.options.scheduleBy === 'step') scheduler?.step(NaN);
    const { epoch, step } = { ...this.#position, step: this.#position.step + 1 };
    this.#position = { epoch, batch, step };
    const event = {
      kind: 'step', epoch: epoch + 1, step, batch, batches: ifKnown(() => trainLoader.length), seen,
      samples: ifKnown(() => trainLoader.dataset.length), loss, output, target, lr,
    } as const; // prettier-ignore
    for (const callback of this.options.callbacks ?? []) await callback.onStep?.(event, this);
    if (checkpoints?.every && step % checkpoints.every === 0) await this.#write(checkpoints, false);
    return event;
  }

  async #readLosses(batch?: Batch): Promise<void> {
    const fault = await this.#losses.read();
    if (!fault) return;
    const where = batch && fault.isNewest ? await findNonFinite(this.options, batch) : undefined;
    throw new NonFiniteLossError(fault.value, { epoch: this.#position.epoch + 1, step: fault.step }, where);
  }

  /** What draws while it trains. */
  #generators(): Generator[] {
    const own = this.options.trainLoader.generator;
    return own && own !== defaultGenerator() ? [defaultGenerator(), own] : [defaultGenerator()];
  }

  #states(): GeneratorStates {
    return this.#generators().map((generator) => generator.getState());
  }

  #restore(states: GeneratorStates): void {
    const generators = this.#generators();
    states.forEach((state, k) => generators[k]?.setState(state));
  }

  #checkGenerators({ length }: GeneratorStates): void {
    const { length: own } = this.#generators();
    if (length === own) return;
    throw new CheckpointError(
      `it has the states of ${length} generators, and this run draws from ${own}. Give the loader a generator as it had, or none.`,
    );
  }

  async #write({ store }: CheckpointOptions, isBest: boolean): Promise<void> {
    if (isBest) await store.write(bestCheckpoint, await this.saveWeights());
    await store.write(lastCheckpoint, await this.save());
  }

  /** The run as it is, as bytes that `load` takes and any reader of safetensors can read. */
  async save(): Promise<Uint8Array> {
    const { model, optimizer, scheduler, callbacks = [], checkpoints } = this.options;
    const now = this.#frozen ?? this.#states();
    await this.#readLosses();
    return encodeCheckpoint({
      model: model.stateDict(),
      optimizer: optimizer.stateDict(),
      position: this.#position,
      generators: { epoch: this.#epochStart ?? [], now },
      rest: {
        scheduler: scheduler?.stateDict() ?? null,
        callbacks: Object.fromEntries(
          callbacks.flatMap((callback) => (callback.stateDict ? [[callback.name, callback.stateDict()]] : [])),
        ),
        losses: { sum: this.#losses.sum, samples: this.#losses.samples },
        best: this.#best,
        extra: checkpoints?.extra ?? null,
      },
    });
  }

  /** The weights alone, under their names, with what `checkpoints.extra` says. */
  saveWeights(): Promise<Uint8Array> {
    return encodeWeights(this.options.model.stateDict(), this.options.checkpoints?.extra);
  }

  /**
   * Goes on where the run of a checkpoint was. `name` says in messages where it came from. Rejects with CheckpointError or FormatError
   * for bytes that are none, with StateDictError or ValueError where the model or the optimizer are others than the run's.
   */
  async load(bytes: Uint8Array, name?: string): Promise<void> {
    if (this.#isRunning) throw new ValueError('Trainer', 'it is running. Leave its loop before loading.');
    const { model, optimizer, scheduler, callbacks = [] } = this.options;
    const checkpoint = await decodeCheckpoint(bytes, name);
    const rest = checkpoint.rest as Partial<Rest>;
    if (((rest.scheduler ?? null) !== null) !== (scheduler !== undefined)) {
      const [had, has] = scheduler ? ['no schedule', 'one'] : ['a schedule', 'none'];
      throw new CheckpointError(`its run had ${had}, and this has ${has}. Use the configuration of the run.`);
    }
    if (checkpoint.generators.epoch.length > 0) this.#checkGenerators(checkpoint.generators.epoch);
    this.#checkGenerators(checkpoint.generators.now);
    optimizer.loadStateDict(checkpoint.optimizer);
    model.loadStateDict(checkpoint.model);
    scheduler?.loadStateDict(rest.scheduler as never);
    for (const callback of callbacks) {
      if (callback.name && rest.callbacks && callback.name in rest.callbacks) {
        callback.loadStateDict?.(rest.callbacks[callback.name]);
      }
    }
    this.#restore(checkpoint.generators.now);
    this.#epochStart = checkpoint.generators.epoch.length > 0 ? checkpoint.generators.epoch : undefined;
    this.#position = checkpoint.position;
    this.#losses = new LossLog();
    Object.assign(this.#losses, rest.losses);
    this.#best = rest.best ?? this.#best;
    this.#stopped = undefined;
  }
}

/** What a checkpoint of a trainer says besides. */
interface Rest {
  readonly scheduler: object | null;
  readonly callbacks: Readonly<Record<string, unknown>>;
  readonly losses: { readonly sum: number; readonly samples: number };
  readonly best: number;
  readonly extra: unknown;
}

/** Batches whose gradients make one update; what is told of the last of them. */
interface Group {
  readonly size: number;
  readonly seen: number;
  readonly loss: Tensor;
  readonly output: Tensor;
  readonly target: Tensor;
}

/** A length; undefined where a loader or a data set says that it has none. */
function ifKnown(length: () => number | undefined): number | undefined {
  try {
    return length();
  } catch (error) {
    if (error instanceof ValueError) return undefined;
    throw error;
  }
}
