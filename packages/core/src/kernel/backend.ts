// The contract between core and whatever runs kernels. Core never knows which backends exist; a backend never knows Tensor.

import type { DType, TypedArray } from './dtype.ts';
import type { Buffer, Launch } from './launch.ts';
import type { Program } from './program.ts';

/** What a backend declares about itself. Shared code asks this, never its name. */
export interface BackendLimits {
  /** The dtypes that it stores and computes with. */
  readonly dtypes: readonly DType[];
  /** Bytes that its buffers may take before core spills the least recently used to the host. */
  readonly budget: number;
  /** Bytes of an element, for dtypes that are not packed as on the host (WebGPU has no bytes): what counts for the budget. */
  readonly elementBytes?: Partial<Readonly<Record<DType, number>>>;
  /** How many different buffers one launch may name, 7 and more. Absent: any number. */
  readonly buffers?: number;
}

export interface MemoryUse {
  /** Bytes and number of the buffers that are allocated and not freed. */
  readonly liveBytes: number;
  readonly liveBuffers: number;
  /** Bytes and number of freed buffers that are kept for reuse. */
  readonly pooledBytes: number;
  readonly pooledBuffers: number;
}

/** When a kernel ran: a launch may need several. */
export interface KernelTime {
  /** The backend's own name for the kernel. */
  readonly label: string;
  /** The launch that it is of; undefined for what the backend does on its own account. */
  readonly launch: Launch | undefined;
  /** Milliseconds, on a clock of the device's own. */
  readonly start: number;
  readonly duration: number;
}

export interface KernelTimes {
  /** Undefined where the device has no clock. */
  readonly kernels: readonly KernelTime[] | undefined;
  /** What people have to know about them: how they are rounded, why there are none. */
  readonly note?: string;
}

export interface Backend {
  /** For `tensor.device` and messages. */
  readonly name: string;
  /** What it runs with, for people: threads, features, and why not more. */
  readonly description?: string;
  readonly limits: BackendLimits;

  /**
   * Memory for `length` elements, its contents undefined. Throws `OutOfMemoryError`; a device that learns of it later
   * rejects the next `finish` or `read` with it.
   */
  allocate(dtype: DType, length: number): Buffer;
  /** Gives memory back. Work already queued that uses it still completes. */
  free(buffer: Buffer): void;
  /** Copies host data into the buffer, from its beginning on. `data` may be changed as soon as this returns. */
  write(buffer: Buffer, data: TypedArray): void;
  /** A copy of elements [offset, offset + length), after all work queued before. Rejects with that work's errors. */
  read(buffer: Buffer, offset: number, length: number): Promise<TypedArray>;
  /** The same at once, where the device can: its presence is the capability. */
  readSync?(buffer: Buffer, offset: number, length: number): TypedArray;

  /**
   * Runs or queues a launch. Where reading is synchronous a failed check on data throws `KernelCheckError` at once; else it rejects
   * the next `finish` or `read`, and launches queued behind it do nothing until then, so that no weight is updated from it.
   * Where memory beside the operands is lacking it throws `OutOfMemoryError` before anything is written: core makes room, and runs
   * the launch again.
   */
  run(launch: Launch): void;
  /** False for a conv, scan or sort that core shall lower to loops and scatters. Absent: all programs are supported. */
  supports?(program: Program): boolean;

  /** Resolves when all queued work is done, rejects with its first error. */
  finish(): Promise<void>;
  /**
   * Frees what it pools, but what fits into three quarters of the budget beside the live buffers: it will be asked for again. Core
   * awaits this, and spills beside it, where the user's loop yields.
   */
  relieve(): Promise<void>;
  /**
   * Where launches may be queued faster than they are done: resolves when few are left. Core awaits this where the user's loop yields.
   * It may look now and then what became of checks, for a loop that reads nothing, and then rejects as `finish` does.
   */
  keepUp?(): Promise<void>;
  /**
   * For a device that runs launches later than `run` returns: from now on it notes when each kernel runs. What comes back ends that; it
   * resolves when all queued work is done, and rejects with its first error. Absent: a launch is done when `run` returns.
   */
  profile?(): () => Promise<KernelTimes>;
  memory(): MemoryUse;
  /** Ends it: every buffer is gone, every later call throws. As `free`, it does not throw when the device is lost. */
  dispose(): void;
  /** Resolves with the reason when the device is lost; never for a backend that cannot be lost. */
  readonly lost: Promise<string>;
}

/** How a backend is handed in: `useBackend(cpu())`. */
export interface BackendFactory {
  readonly name: string;
  create(): Backend | Promise<Backend>;
}

/** A check on data failed while a launch ran. Core turns it into the operation's own message. */
export class KernelCheckError extends Error {
  override readonly name = 'KernelCheckError';
  readonly launch: Launch;
  /** Which check of the program, the offending value, and its row-major position in the iteration space. */
  readonly check: number;
  readonly value: number;
  readonly position: number;

  constructor(launch: Launch, failure: { check: number; value: number; position: number }) {
    super(`kernel check ${failure.check} failed: value ${failure.value} at position ${failure.position}.`);
    this.launch = launch;
    this.check = failure.check;
    this.value = failure.value;
    this.position = failure.position;
  }
}

/** A device has no room for what was asked, even after everything that can be freed or spilled was. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}

/** The device is gone: what was pending rejects with this, and every later call throws it. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
}
