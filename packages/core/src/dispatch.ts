// The one door: everything that computes goes through `dispatch`. A recorder can stand beside it, note what passes and
// let it pass again; that is what compile(), profiling and tracing are made of.

import type { Device, Storage } from './device.ts';
import { isPromise } from './is-promise.ts';
import { castValue, KernelCheckError, OutOfMemoryError } from './kernel/index.ts';
import type { Launch, Operand, Program, View } from './kernel/index.ts';

/** A number of a launch, or where to get it each time the launch runs: a learning rate under a schedule, a step count. */
export type LiveNumber = number | (() => number);

export interface StorageOperand extends View {
  readonly storage: Storage;
}

/** A launch as core sees it: storages, which may be spilled, instead of buffers, and numbers that may be live. */
export interface Dispatch extends Pick<Launch, 'sizes' | 'indexed' | 'geometry'> {
  readonly device: Device;
  readonly program: Program;
  readonly operands: readonly StorageOperand[];
  readonly scalars: readonly LiveNumber[];
  /** Turns a failed check on data into the operation's own error. */
  readonly explain?: (failure: KernelCheckError) => Error;
  /** For a kind of program that a backend may lack: runs launches that every backend has and that come to the same. */
  readonly lower?: (request: Dispatch, run: (part: Dispatch) => void) => void;
}

type Event = Dispatch | (() => void);

/** What went through the door while it was recorded. */
export class Recording {
  readonly #events: Event[] = [];

  /** @internal */
  add(event: Event): void {
    this.#events.push(event);
  }

  /** The programs that were launched, in order. */
  get programs(): Program[] {
    return this.#events.flatMap((event) => (typeof event === 'function' ? [] : [event.program]));
  }

  /** Lets everything pass again, on the same storages; live numbers are read anew, effects happen again. */
  replay(): void {
    for (const event of this.#events) {
      if (typeof event === 'function') event();
      else launch(event);
    }
  }
}

let recording: Recording | undefined;

/**
 * Runs `fn` and records what it computes. Memory it would have freed is kept for as long as the recording is. Throws TypeError
 * if `fn` is async.
 */
export function record(fn: () => void): Recording {
  if (recording) throw new Error('record: a recording is already going on. Finish it first.');
  recording = new Recording();
  try {
    if (isPromise(fn()))
      throw new TypeError(
        'record: the function is async, and what it does after an await is not recorded. Await before or after it.',
      );
    return recording;
  } finally {
    recording = undefined;
  }
}

/** Runs a launch, and records it if somebody does. */
export function dispatch(request: Dispatch): void {
  if (recording) {
    for (const { storage } of request.operands) storage.isRecorded = true;
    recording.add(request);
  }
  launch(request);
}

/**
 * A change on the host that belongs to the computation (a step is counted, a key is drawn): done now and at each replay.
 * What it does itself, effects and launches, is not recorded once more.
 */
export function effect(fn: () => void): void {
  const outer = recording;
  outer?.add(fn);
  recording = undefined;
  try {
    fn();
  } finally {
    recording = outer;
  }
}

/** Frees what the library alone made, unless a recording may need it again. */
export function freeInternal(storage: Storage): void {
  if (!recording && !storage.isRecorded) storage.dispose();
}

/** Whether a recording goes on that finds this as it was before, and has to find it so each time it runs again. */
export function isBeforeRecording(storage: Storage): boolean {
  return recording !== undefined && !storage.isRecorded;
}

/** Failed checks of devices that report late: the launch they came from explains them. */
const explanations = new WeakMap<Launch, (failure: KernelCheckError) => Error>();

/** The error to show for what a backend threw or rejected with. */
export function explain(error: unknown): unknown {
  if (!(error instanceof KernelCheckError)) return error;
  return explanations.get(error.launch)?.(error) ?? error;
}

/** Throws that error: for promises. */
export function explained(error: unknown): never {
  throw explain(error);
}

function launch(request: Dispatch): void {
  const { lower, device, program, operands } = request;
  for (const { storage } of operands) if (storage.lanes) return storage.lanes.launch(request, launch);
  if (lower && device.backend.supports?.(program) === false) return lower(request, launch);
  const made = bind(request);
  if (request.explain) explanations.set(made, request.explain);
  try {
    if (watcher) watcher(device, made, run);
    else run(device, made);
  } catch (error) {
    throw explain(error);
  }
}

/** @internal Is given each launch with what runs it. */
export type Watcher = (device: Device, made: Launch, run: (device: Device, made: Launch) => void) => void;

let watcher: Watcher | undefined;

/** @internal Lets launches be run by somebody who looks at them, or by nobody. */
export function watchLaunches(by: Watcher | undefined): void {
  watcher = by;
}

/** Runs a launch, again where others could make room for what it needs beside its operands. */
function run(device: Device, made: Launch): void {
  try {
    device.backend.run(made);
  } catch (error) {
    if (!(error instanceof OutOfMemoryError) || !device.spillIdle()) throw error;
    run(device, made);
  }
}

/** The launch as the backend gets it: storages are buffers now, numbers what they are now. */
function bind(request: Dispatch): Launch {
  const { device, program, sizes, indexed, geometry } = request;
  device.beginLaunch();
  const operands = new Array<Operand>(request.operands.length);
  for (let k = 0; k < operands.length; k++) {
    const { storage, offset, strides, guards, fill = 0 } = request.operands[k] as StorageOperand;
    const buffer = device.resolve(storage);
    operands[k] = guards ? { buffer, offset, strides, guards, fill } : { buffer, offset, strides };
  }
  const scalars = request.scalars.length === 0 ? none : numbersOf(request);
  if (!indexed && !geometry) return { program, sizes, operands, scalars };
  return { program, sizes, operands, scalars, ...(indexed && { indexed }), ...(geometry && { geometry }) };
}

const none: readonly number[] = [];

/** As the dtype holds them: what a float64 would add beyond that, a device could not. */
function numbersOf({ program, scalars }: Dispatch): number[] {
  const types = 'scalars' in program ? program.scalars : [];
  const numbers = new Array<number>(scalars.length);
  for (let k = 0; k < numbers.length; k++) {
    const value = scalars[k] as LiveNumber;
    numbers[k] = castValue(typeof value === 'number' ? value : value(), types[k] ?? 'float64');
  }
  return numbers;
}
