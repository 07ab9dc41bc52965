// What the kernels of one backend share: the memory, the features that code is made for, and how a kernel is run.
//
// Every kernel exports one function, run(params, from, to, thread): it does units [from, to) of the launch whose numbers
// lie at `params`. Units are independent, so any thread may do any of them and the result is the same. At `thread` lies
// the thread's own block: what check failed there first, and the address of scratch memory.

import { FunctionBuilder, i32, type I32, type Local, type ModuleBuilder } from './assembler/index.ts';
import type { Features } from './features.ts';
import type { Heap } from './heap.ts';
import { hostFunctions } from './host-functions.ts';

export type KernelFunction = (params: number, from: number, to: number, thread: number) => void;

/** A compiled kernel. */
export interface Kernel {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly run: KernelFunction;
  /** Whether it calls functions of the host, which only the main thread has. */
  readonly hosted: boolean;
}

/** The first check that failed, of all threads. */
export interface Failure {
  readonly position: number;
  readonly check: number;
  readonly value: number;
}

/** The layout of a thread's block, in bytes. */
export const threadBlock = { failed: 0, position: 4, check: 8, scratch: 12, value: 16, number: 24, size: 64 } as const;

/** Bytes for the numbers of a launch. */
export const paramsSize = 16384;

/** Who runs units: this thread alone, or a pool. */
export interface Crew {
  /** How many threads there may be, this one included. */
  readonly size: number;
  /** Whether another thread would take part at once, without being woken. */
  readonly awake: boolean;
  /**
   * Runs units [0, units) by all that take part, each upwards, so that the first check that fails in a thread is its earliest.
   * Thread k's block lies at `threads + k · threadBlock.size`.
   */
  run(kernel: Kernel, params: number, units: number, chunk: number, threads: number): void;
  dispose(): void;
}

/** Work, in steps of about a nanosecond, from which others are let take part, and what a thread takes at a time. */
export interface Sharing {
  readonly awake: number;
  readonly asleep: number;
  readonly grain: number;
}

/**
 * Measured with two threads in quiet moments: where the other is awake a job costs 0.5 µs and pays from 5 µs on (10 µs become 5.6);
 * where it sleeps, 10 µs and from 50 on (80 become 67, 160 become 108, 500 become 272).
 */
const worthwhile: Sharing = { awake: 8_000, asleep: 80_000, grain: 8_000 };

let lastId = 0;

export class Machine {
  readonly features: Features;
  readonly heap: Heap;
  /** Where the numbers of the launch at hand are written: launches run one after another. */
  readonly params: number;
  private readonly crew: Crew;
  private readonly sharing: Sharing;
  private readonly threads: number;
  private readonly borrowed: number[] = [];
  /** By thread, where its scratch memory lies. */
  private readonly scratch: number[] = [];
  private scratchBytes = 0;
  /** How many launches are over. */
  launches = 0;

  constructor(features: Features, heap: Heap, crew: Crew, sharing = worthwhile) {
    this.features = features;
    this.heap = heap;
    this.crew = crew;
    this.sharing = sharing;
    this.params = heap.allocate(paramsSize);
    const bytes = crew.size * threadBlock.size;
    this.threads = heap.allocate(bytes);
    heap.views.u8.fill(0, this.threads, this.threads + bytes);
    for (let k = 0; k < crew.size; k++)
      heap.views.i32[(this.threads + k * threadBlock.size + threadBlock.number) / 4] = k;
  }

  /** How many threads there may be. */
  get width(): number {
    return this.crew.size;
  }

  /** Compiles a module whose export `run` is a kernel. Throws WebAssembly.CompileError, also where it is memory for code that lacks. */
  compile(module: ModuleBuilder): Kernel {
    const { memory, shared, maximumPages } = this.heap;
    const bytes = module.finish({ shared, maximum: maximumPages });
    try {
      const compiled = new WebAssembly.Module(bytes);
      const { exports } = new WebAssembly.Instance(compiled, { host: { memory, ...hostFunctions } });
      const hosted = WebAssembly.Module.imports(compiled).length > 1; // besides the memory
      return { id: ++lastId, bytes, run: exports.run as KernelFunction, hosted };
    } catch (error) {
      throw new WebAssembly.CompileError(`${bytes.length} bytes, ${String(error)}`);
    }
  }

  /** Runs units [0, units), each about `work` nanoseconds long, by as many threads as pay. */
  run(kernel: Kernel, units: number, work: number): void {
    if (this.pays(kernel, units, units * work)) {
      const chunk = Math.max(
        1,
        Math.min(Math.ceil(this.sharing.grain / work), Math.ceil(units / (2 * this.crew.size))),
      );
      try {
        this.crew.run(kernel, this.params, units, chunk, this.threads);
      } catch (error) {
        this.takeFailure(); // or the next launch would
        throw error;
      }
    } else this.runAlone(kernel, units);
  }

  /** Runs units [0, units) by this thread. */
  runAlone(kernel: Kernel, units: number): void {
    kernel.run(this.params, 0, units, this.threads);
  }

  /** Whether it pays that others take part. */
  private pays(kernel: Kernel, units: number, work: number): boolean {
    if (this.crew.size === 1 || kernel.hosted || units < 2 || work < this.sharing.awake) return false;
    return work >= this.sharing.asleep || this.crew.awake;
  }

  /** The failed check that came first, if any did since the last call. */
  takeFailure(): Failure | undefined {
    const { i32: words, f64: doubles } = this.heap.views;
    let first: Failure | undefined;
    for (let k = 0; k < this.crew.size; k++) {
      const at = this.threads + k * threadBlock.size;
      if (words[(at + threadBlock.failed) / 4] === 0) continue;
      words[(at + threadBlock.failed) / 4] = 0;
      const position = words[(at + threadBlock.position) / 4] ?? 0;
      if (first && first.position <= position) continue;
      const check = words[(at + threadBlock.check) / 4] ?? 0;
      first = { position, check, value: doubles[(at + threadBlock.value) / 8] ?? NaN };
    }
    return first;
  }

  /** Sees to it that every thread has at least so much memory of its own, whose address is in its block. */
  needScratch(bytes: number): void {
    if (bytes <= this.scratchBytes) return;
    for (const at of this.scratch) this.heap.release(at);
    this.scratch.length = 0;
    // So that none is taken to be there if memory runs out.
    this.scratchBytes = 0;
    for (let k = 0; k < this.crew.size; k++) {
      const at = this.heap.allocate(bytes);
      this.scratch.push(at);
      this.heap.views.i32[(this.threads + k * threadBlock.size + threadBlock.scratch) / 4] = at;
    }
    this.scratchBytes = bytes;
  }

  /** The address of memory that is given back when the launch is over. */
  borrow(bytes: number): number {
    const at = this.heap.allocate(bytes);
    this.borrowed.push(at);
    return at;
  }

  /** Ends a launch, and what `borrow` lent it. */
  releaseBorrowed(): void {
    for (const at of this.borrowed) this.heap.release(at);
    this.borrowed.length = 0;
    this.launches++;
  }

  dispose(): void {
    this.crew.dispose();
  }
}

/** The function that a kernel exports, and its parameters. */
export class KernelFunctionBuilder extends FunctionBuilder {
  readonly launchParams: Local<'i32'> = this.param('i32', 0);
  readonly from: Local<'i32'> = this.param('i32', 1);
  readonly to: Local<'i32'> = this.param('i32', 2);
  readonly thread: Local<'i32'> = this.param('i32', 3);

  constructor() {
    super(['i32', 'i32', 'i32', 'i32']);
  }

  /** The address of the thread's scratch memory. */
  get scratch(): I32 {
    return i32.load(this.thread, threadBlock.scratch);
  }

  /** Which of the machine's threads it is, counted from 0. */
  get threadNumber(): I32 {
    return i32.load(this.thread, threadBlock.number);
  }
}

/** This thread alone. */
export const alone: Crew = {
  size: 1,
  awake: false,
  run: (kernel, params, units, _chunk, threads) => kernel.run(params, 0, units, threads),
  dispose: () => {},
};
