// The training loop. It is an async generator of what happens: whoever iterates decides when it goes on, so that pausing, stopping
// and single steps need nothing of their own. `fit` is that loop for those who only want it done. No backend is named here.

import {
  defaultDevice,
  DeviceError,
  defaultGenerator,
  devices,
  ValueError,
  type Device,
  type Generator,
  type Tensor,
} from '@rushlight/core';
import { isLazy } from '@rushlight/nn';
import { clipGradNorm_, clipGradValue_ } from '@rushlight/optim';
import { checkFit, type DataSize, type Kinds, type Rest } from './checkpoint-fit.ts';
import { CheckpointError } from './checkpoint-error.ts';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  encodeWeights,
  type Checkpoint,
  type GeneratorStates,
  type Position,
} from './checkpoint.ts';
import { sizeOf, weighed } from './criterion.ts';
import { deviceAfter, isDeviceLoss, lossOf, lostForGood, mostLosses, type OnDeviceLost } from './device-loss.ts';
import { evaluate, type Batch } from './evaluate.ts';
import type { EpochEvent, ResumedEvent, StepEvent, TrainEvent } from './events.ts';
import { beyondRescue, copyOthers, revive, type HostCopies } from './host-copies.ts';
import { LossLog } from './loss-log.ts';
import { findNonFinite, findNonFiniteWeight, NonFiniteLossError } from './non-finite.ts';
import { StepGate } from './step-gate.ts';
import {
  bestCheckpoint,
  checkTrainerOptions,
  lastCheckpoint,
  type Loader,
  type TrainerOptions,
} from './trainer-options.ts';
import { isBetter, watched, worstOf } from './watched.ts';

/** What may end a run from outside. */
export interface RunOptions {
  /** Ends the run when it aborts. */
  readonly signal?: AbortSignal;
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
  /** What it was made with. */
  readonly options: TrainerOptions;
  readonly #mode: 'min' | 'max';
  #position: Position = { epoch: 0, batch: 0, step: 0 };
  /** Whether all updates of the epoch at hand are done, and only its evaluation is not. */
  #isTrained = false;
  /** Learning rates of the last update. */
  #lr: readonly number[];
  /** Generators at the beginning of the epoch, if it has begun; and of before a step or an evaluation that is under way. */
  #epochStart: GeneratorStates | undefined;
  #frozen: GeneratorStates | undefined;
  #losses = new LossLog();
  readonly #gate = new StepGate();
  #best: number;
  /** Whether the weights are the best, and not written yet: a callback or the store may fail before. */
  #isBestDue = false;
  #stopped: string | undefined;
  #signal: AbortSignal | undefined;
  #isRunning = false;
  /** The run on the host, where it shall survive its device: a checkpoint, and what checkpoints lack. */
  #kept: { readonly bytes: Uint8Array; readonly others: HostCopies } | undefined;
  /** How often its device was lost since it was last kept. */
  #lostTimes = 0;
  /** Whether it is on another device than it began on. */
  #hasMoved = false;

  /** Throws ValueError for options that make no sense. */
  constructor(options: TrainerOptions) {
    this.#mode = checkTrainerOptions(options);
    this.options = options;
    this.#lr = options.optimizer.paramGroups.map(({ lr }) => lr);
    this.#best = worstOf(this.#mode);
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

  /** Trains until `epochs` are over in all, as `run` does; telling is up to callbacks. */
  async fit(epochs: number, options: RunOptions = {}): Promise<FitResult> {
    const done: EpochEvent[] = [];
    for await (const event of this.run(epochs, options)) {
      if (event.kind === 'epoch') done.push(event);
    }
    return { epochs: done, stopped: this.#stopped };
  }

  /**
   * Trains until `epochs` are over in all, and tells of each update and each epoch. Whoever leaves the loop leaves the run at a place
   * that `save` can write down and `run` goes on from. When `signal` aborts, the run ends after the step or the evaluation at hand; if it
   * has aborted already, no step is done. Rejects with NonFiniteLossError for a loss that is no finite number, and with ValueError for
   * epochs that are no integer ≥ 0, a trainer that is running, or a loader that gives no batch.
   */
  async *run(epochs: number, { signal }: RunOptions = {}): AsyncGenerator<TrainEvent, void, undefined> {
    if (!Number.isInteger(epochs) || epochs < 0) {
      throw new ValueError('Trainer', `epochs is ${epochs}. It must be an integer ≥ 0.`);
    }
    if (this.#isRunning) throw new ValueError('Trainer', 'it is running. Wait for that run, or leave its loop.');
    this.#isRunning = true;
    this.#stopped = undefined;
    this.#signal = signal;
    this.#lostTimes = 0;
    let hasFailed = false;
    try {
      yield* this.#surviving(epochs);
    } catch (error) {
      hasFailed = true;
      throw error;
    } finally {
      this.#gate.end();
      this.options.model.train();
      // A step or an evaluation that failed has drawn what it will draw again.
      if (this.#frozen) this.#restore(this.#frozen);
      this.#frozen = undefined;
      this.#isRunning = false;
      await this.#tellEnd(hasFailed);
    }
  }

  /** All epochs, on as many devices as it takes. */
  async *#surviving(epochs: number): AsyncGenerator<TrainEvent, void, undefined> {
    const { callbacks = [] } = this.options;
    let isBegun = false;
    let resumed: ResumedEvent | undefined;
    for (;;) {
      try {
        if (resumed) {
          for (const callback of callbacks) await callback.onResumed?.(resumed, this);
          yield resumed;
          resumed = undefined;
        }
        if (!isBegun) await this.#begin(epochs);
        isBegun = true;
        while (this.#position.epoch < epochs && !this.#isStopped()) yield* this.#epoch();
        return;
      } catch (error) {
        resumed = await this.#resume(error);
      }
    }
  }

  async #begin(epochs: number): Promise<void> {
    if (this.#isBestDue) await this.#write();
    for (const callback of this.options.callbacks ?? []) await callback.onStart?.(this);
    if (this.#position.epoch < epochs && !this.#isStopped()) await this.#keep();
  }

  /** Goes on from what was kept if the error came of a lost device, and throws it if not. */
  async #resume(error: unknown): Promise<ResumedEvent> {
    const { step: reached } = this.#position;
    const kept = this.#kept;
    let device = this.#device();
    const reason = kept && (await lossOf(device, error));
    if (kept === undefined || reason === undefined) throw this.#leftBehind(error);
    // Who wants to save now waits for what there will be.
    this.#gate.close();
    this.#stopped = undefined;
    let why = reason;
    for (;;) {
      if (this.#lostTimes === mostLosses) {
        throw lostForGood(device, why, `That is the ${mostLosses + 1}th time with no checkpoint and no epoch in between. Use smaller batches, or another backend.`, error); // prettier-ignore
      }
      this.#lostTimes++;
      device = await deviceAfter(device, why, this.#onDeviceLost);
      try {
        const checkpoint = await decodeCheckpoint(kept.bytes, 'what was kept of the run', device);
        this.#goOnFrom(checkpoint, 'what was kept of the run', device);
        break;
      } catch (cause) {
        const again = await lossOf(device, cause);
        if (again === undefined) throw cause;
        why = again;
      }
    }
    this.#frozen = undefined;
    this.#hasMoved = true;
    this.#gate.end();
    const { epoch, step } = this.#position;
    return { kind: 'resumed', reason: why, device, epoch: epoch + 1, step, reached };
  }

  /** An error that came of something that did not move when the run left a lost device. */
  #leftBehind(error: unknown): unknown {
    if (!this.#hasMoved || !(isDeviceLoss(error) || error instanceof DeviceError)) return error;
    const told = new DeviceError(
      'Trainer',
      'the run went on on another device, but something that it uses is still on the lost one: what functions and private fields hold is ' +
        'not found. Make it anew in onDeviceLost, or keep it on the host.',
    );
    told.cause = error;
    return told;
  }

  /** Where the model is. */
  #device(): Device {
    return this.options.model.parameters()[0]?.device ?? defaultDevice();
  }

  get #onDeviceLost(): OnDeviceLost {
    return this.options.onDeviceLost ?? (this.#device().backend.readSync ? 'throw' : 'resume');
  }

  /** Keeps the run on the host, if it is to survive its device. */
  async #keep(bytes?: Uint8Array): Promise<void> {
    if (this.#onDeviceLost === 'throw') return;
    const { model } = this.options;
    // What has no shape before its first batch cannot be kept before.
    if ([...model.parameters(), ...model.buffers()].some(isLazy)) return;
    const others = await copyOthers(this.options, this.#device(), this.#kept?.others);
    this.#kept = { bytes: bytes ?? (await this.save()), others };
  }

  /** Each callback hears of the end, also where another fails at it; the error that ended the run is not replaced by theirs. */
  async #tellEnd(hasFailed: boolean): Promise<void> {
    const faults: unknown[] = [];
    for (const callback of this.options.callbacks ?? []) {
      try {
        await callback.onEnd?.(this);
      } catch (error) {
        faults.push(error);
      }
    }
    if (!hasFailed && faults.length > 0) throw faults[0];
  }

  /** A method, since TypeScript takes a field to stay what it was. */
  #isStopped(): boolean {
    if (this.#signal?.aborted) this.#stopped ??= 'it was aborted';
    return this.#stopped !== undefined;
  }

  async *#epoch(): AsyncGenerator<TrainEvent, void, undefined> {
    const { scheduler, scheduleBy = 'epoch', evalLoader } = this.options;
    const began = performance.now();
    if (!this.#isTrained) {
      for await (const event of this.#steps()) {
        yield event;
        if (this.#isStopped()) return;
      }
      this.#isTrained = true;
    }
    // The evaluation draws from the generator, as loaders do. A checkpoint made meanwhile is of before.
    this.#frozen = this.#states();
    await this.#readLosses();
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
    const told = { kind: 'epoch', epoch: epoch + 1, step, loss: this.#losses.mean, evaluation, lr: this.#lr, isBest: false, seconds } as const; // prettier-ignore
    const value = watched(this.options.checkpoints ?? {}, told);
    const isBest = isBetter(value, this.#best, this.#mode);
    if (isBest) this.#best = value;
    this.#isBestDue = isBest && this.options.checkpoints !== undefined;
    if (scheduleBy === 'epoch') scheduler?.step(value);
    this.#position = { epoch: epoch + 1, batch: 0, step };
    this.#isTrained = false;
    this.#epochStart = undefined;
    this.#frozen = undefined;
    this.#losses = new LossLog({ settled: step });
    const event = { ...told, isBest };
    for (const callback of this.options.callbacks ?? []) await callback.onEpoch?.(event, this);
    await this.#write();
    yield event;
  }

  async *#steps(): AsyncGenerator<StepEvent, void, undefined> {
    const { model, criterion, optimizer, trainLoader, accumulate = 1 } = this.options;
    await this.#gate.begin();
    // An epoch of which nothing is done begins as it did.
    const now = this.#position.batch > 0 ? this.#states() : undefined;
    if (this.#epochStart) this.#restore(this.#epochStart);
    else this.#epochStart = this.#states();
    this.#frozen = now ?? this.#epochStart;
    // Once the batches before are passed over, everything is drawn from where it was.
    const passed = (): void => now && this.#restore(now);
    const batches = ifKnown(() => trainLoader.length);
    const from = this.#position.batch;
    let batch = from;
    let group: Group | undefined;
    // What a step that failed left behind.
    this.#losses.drop();
    optimizer.zeroGrad();
    model.train();
    for await (const [input, target] of trainLoader.batches({ from, passed })) {
      const begun = group?.size ?? 0;
      const of = Math.min(accumulate, batches === undefined ? accumulate : batches - (batch - begun));
      const output = model(input);
      const given = weighed('Trainer', criterion(output, target));
      const { loss } = given;
      const seen: number = group?.seen ?? this.#losses.samples;
      this.#losses.add({ ...given, samples: sizeOf(input), step: this.#position.step + 1 });
      // Where reading does not wait, a loss that is no number is found before it gets into the weights.
      if (loss.device.backend.readSync || this.#losses.isFull) await this.#readLosses([input, target]);
      (of > 1 ? loss.div(of) : loss).backward();
      batch++;
      group = { size: begun + 1, seen, loss, output, target };
      if (group.size < of) continue;
      yield await this.#update(batch, group);
      group = undefined;
      await this.#gate.begin();
      this.#frozen = this.#states();
    }
    // Without a length nobody knew that the last group would be smaller. The loader has drawn all that it draws.
    if (group) yield await this.#update(batch, group, true);
    else this.#gate.end();
    if (batch === 0) throw new ValueError('Trainer', 'the loader gives no batch. Check its data set and batch size.');
  }

  /** Updates the weights by the gradients of a group of batches, and tells of it. */
  async #update(batch: number, { seen, loss, output, target }: Group, isTrained = false): Promise<StepEvent> {
    const { model, optimizer, scheduler, clipGradNorm, clipGradValue, trainLoader, checkpoints } = this.options;
    const lr = optimizer.paramGroups.map((options) => options.lr);
    this.#lr = lr;
    if (clipGradNorm !== undefined) clipGradNorm_(model.parameters(), clipGradNorm);
    if (clipGradValue !== undefined) clipGradValue_(model.parameters(), clipGradValue);
    optimizer.step();
    optimizer.zeroGrad();
    if (this.options.scheduleBy === 'step') scheduler?.step(NaN);
    const { epoch, step } = { ...this.#position, step: this.#position.step + 1 };
    this.#position = { epoch, batch, step };
    this.#isTrained = isTrained;
    this.#frozen = undefined;
    this.#losses.settle(step);
    this.#gate.end();
    const event = {
      kind: 'step', epoch: epoch + 1, step, batch, batches: ifKnown(() => trainLoader.length), seen,
      samples: ifKnown(() => trainLoader.dataset.length), loss, output, target, lr,
    } as const; // prettier-ignore
    for (const callback of this.options.callbacks ?? []) await callback.onStep?.(event, this);
    if (checkpoints?.every && step % checkpoints.every === 0) await this.#write();
    return event;
  }

  async #readLosses(batch?: Batch): Promise<void> {
    const fault = await this.#losses.read();
    if (!fault) return;
    const where = batch && fault.isNewest ? await findNonFinite(this.options, batch) : undefined;
    throw new NonFiniteLossError(fault.value, { epoch: this.#position.epoch + 1, step: fault.step }, where);
  }

  /** What draws while it trains and evaluates, each once. */
  #generators(): Generator[] {
    const { trainLoader, evalLoader } = this.options;
    const own = [trainLoader, ...(evalLoader ? [evalLoader] : [])].flatMap(
      ({ generator, generators = generator ? [generator] : [] }) => generators,
    );
    return [...new Set([defaultGenerator(), ...own])];
  }

  #states(): GeneratorStates {
    return this.#generators().map((generator) => generator.getState());
  }

  #restore(states: GeneratorStates): void {
    const generators = this.#generators();
    states.forEach((state, k) => generators[k]?.setState(state));
  }

  async #write(): Promise<void> {
    const { store } = this.options.checkpoints ?? {};
    if (this.#isBestDue) await store?.write(bestCheckpoint, await this.saveWeights());
    this.#isBestDue = false;
    if (!store) await this.#keep();
    else {
      const bytes = await this.save();
      await this.#keep(bytes);
      await store.write(lastCheckpoint, bytes);
    }
    this.#lostTimes = 0;
  }

  /**
   * The run as it is, as bytes that `load` takes and any reader of safetensors can read. May be called at any time: while a step is under
   * way it waits for its end (so that a data set, a model or a criterion must not await it), and what is saved during an evaluation is of
   * before it. Rejects with NonFiniteLossError where a loss was no finite number.
   */
  async save(): Promise<Uint8Array> {
    return this.#gate.between(async () => {
      await this.#readLosses();
      return encodeCheckpoint(this.#checkpoint());
    });
  }

  #checkpoint(): Checkpoint {
    const { model, optimizer, scheduler, callbacks = [], checkpoints, trainLoader, evalLoader } = this.options;
    const rest: Rest = {
      scheduler: scheduler?.stateDict() ?? null,
      callbacks: Object.fromEntries(
        callbacks.flatMap((callback) => (callback.stateDict ? [[callback.name, callback.stateDict()]] : [])),
      ),
      losses: this.#losses.totals,
      best: this.#best,
      extra: checkpoints?.extra ?? null,
      kinds: this.#kinds(),
      data: this.#dataSize(),
      loaders: { train: trainLoader.stateDict?.(), eval: evalLoader?.stateDict?.() },
      lr: this.#lr,
      isTrained: this.#isTrained,
    };
    return {
      model: model.stateDict(),
      optimizer: optimizer.stateDict(),
      position: this.#position,
      generators: { epoch: this.#epochStart ?? [], now: this.#frozen ?? this.#states() },
      rest: { ...rest },
    };
  }

  #kinds(): Kinds {
    const { optimizer, scheduler } = this.options;
    return { optimizer: optimizer.name, ...(scheduler?.name !== undefined && { scheduler: scheduler.name }) };
  }

  #dataSize(): DataSize {
    const { trainLoader } = this.options;
    const samples = ifKnown(() => trainLoader.dataset.length);
    const batches = ifKnown(() => trainLoader.length);
    const { batchSize, prefetch } = trainLoader;
    return {
      ...(prefetch !== undefined && { prefetch }),
      ...(samples !== undefined && { samples }),
      ...(batchSize !== undefined && { batchSize }),
      ...(batches !== undefined && { batches }),
    };
  }

  /** The weights alone, under their names, with what `checkpoints.extra` says. */
  saveWeights(): Promise<Uint8Array> {
    return encodeWeights(this.options.model.stateDict(), this.options.checkpoints?.extra);
  }

  /**
   * Goes on where the run of a checkpoint was. `name` says in messages where it came from. It is all or nothing: where it rejects, the
   * run is as it was. Rejects with CheckpointError or FormatError for bytes that are none, with CheckpointError where the model, the kinds
   * of optimizer and schedule, the generators, the number of samples or the batch size are others than the run's, with ValueError where the
   * optimizer's parameters are, and with what a callback or a loader throws. What was on a lost device is made anew on the default one.
   */
  async load(bytes: Uint8Array, name = 'the checkpoint'): Promise<void> {
    this.#refuseLoading();
    const own = this.#device();
    const device = devices().includes(own) ? own : defaultDevice();
    const checkpoint = await decodeCheckpoint(bytes, name, device);
    this.#refuseLoading();
    this.#goOnFrom(checkpoint, name, device);
    this.#stopped = undefined;
    // It was of another run.
    this.#kept = undefined;
  }

  /** Takes over a checkpoint, whose tensors are on `device`; all or nothing. */
  #goOnFrom(checkpoint: Checkpoint, name: string, device: Device): void {
    const { model, optimizer, scheduler } = this.options;
    const { rest, losses } = checkFit(name, checkpoint, {
      model,
      optimizer,
      hasScheduler: scheduler !== undefined,
      kinds: this.#kinds(),
      data: this.#dataSize(),
      generators: this.#generators().length,
    });
    const copies: HostCopies = this.#kept?.others ?? new Map();
    const gone = beyondRescue(model, copies);
    if (gone.length > 0) {
      throw new CheckpointError(
        `${gone.map((key) => `"${key}"`).join(', ')} of the model was on a device that is lost, and is in no checkpoint. Make the model anew.`,
      );
    }
    revive(model, copies, device);
    this.#loadParts(checkpoint, rest);
    const { position, generators } = checkpoint;
    this.#restore(generators.now);
    this.#epochStart = generators.epoch.length > 0 ? generators.epoch : undefined;
    this.#position = position;
    this.#losses = new LossLog({ settled: position.step, totals: losses });
    this.#best = rest.best ?? this.#best;
    this.#lr = rest.lr ?? optimizer.paramGroups.map(({ lr }) => lr);
    this.#isTrained = rest.isTrained ?? false;
    this.#isBestDue = false;
  }

  #refuseLoading(): void {
    if (this.#isRunning) throw new ValueError('Trainer', 'it is running. Leave its loop before loading.');
  }

  /** Loads what may refuse its state, each part as a whole, and the weights last, which were found to fit. */
  #loadParts(checkpoint: Checkpoint, { scheduler: schedule, callbacks: states = {}, loaders }: Partial<Rest>): void {
    const { model, optimizer, scheduler, callbacks = [], trainLoader, evalLoader } = this.options;
    const undo: (() => void)[] = [];
    const load = (part: Pick<Loader, 'stateDict' | 'loadStateDict'>, state: unknown): void => {
      const before = part.stateDict?.();
      if (part.stateDict) undo.push(() => part.loadStateDict?.(before as never));
      part.loadStateDict?.(state as never);
    };
    try {
      for (const callback of callbacks) {
        const { name = '' } = callback;
        if (Object.hasOwn(states, name)) load(callback, states[name]);
      }
      if (loaders?.train !== undefined) load(trainLoader, loaders.train);
      if (evalLoader && loaders?.eval !== undefined) load(evalLoader, loaders.eval);
      const before = { optimizer: optimizer.stateDict(), scheduler: scheduler?.stateDict() };
      undo.push(() => scheduler?.loadStateDict(before.scheduler as never));
      scheduler?.loadStateDict(schedule as never);
      undo.push(() => optimizer.loadStateDict(before.optimizer));
      optimizer.loadStateDict(checkpoint.optimizer);
      model.loadStateDict(checkpoint.model);
    } catch (error) {
      for (const back of undo.toReversed()) {
        try {
          back();
        } catch {
          // What refused this state may refuse every state; the others are put back all the same.
        }
      }
      throw error;
    }
  }
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
