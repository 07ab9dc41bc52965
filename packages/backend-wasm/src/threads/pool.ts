// Threads that share one job at a time with the thread that calls `run`. Chunks are taken from a counter, by whoever has time:
// when another process wants a core, the others do more. Whoever has not come when all chunks are taken is not waited for. Where a
// worker came and lost its core in the middle of a chunk, or took this one's, the loss is made up for by working alone for a while.

import { DeviceLostError } from '@rushlight/core/kernel';
import { threadBlock, type Crew, type Kernel } from '../machine.ts';
import { control } from './control.ts';
import type { StartWorker } from './start-worker.ts';
import type { WorkerStart } from './worker-program.ts';

export interface PoolOptions {
  /** This one included. */
  readonly threads: number;
  /** Shared. */
  readonly memory: WebAssembly.Memory;
  /** After how many milliseconds without a sign of a worker that has begun a chunk it counts as dead: 20,000. */
  readonly patience?: number;
}

/** How many threads that died are replaced: more die of something that stays. */
const mostReplaced = 3;
/** The longest sleep, in milliseconds. */
const nap = 100;

export class Pool implements Crew {
  readonly size: number;
  /** Resolves when every worker is up, or with the reason why not all are. It keeps no process alive. */
  readonly started: Promise<string | undefined>;
  /** Resolves with the reason when a worker died in its work. */
  readonly lost: Promise<string>;
  /** What became of threads that are not as they should be, for people. */
  readonly notes: string[] = [];
  private readonly words: Int32Array;
  private readonly code: Uint8Array;
  private readonly patience: number;
  private readonly startWorker: StartWorker;
  private readonly start: Omit<WorkerStart, 'number'>;
  /** What ends each worker, by its number. */
  private readonly ends: (() => void)[] = [];
  /** Kernels whose modules the workers have seen; each says so if that is not true of it. */
  private readonly seen = new Set<number>();
  private readonly mayBlock: boolean;
  private job = 0;
  private aloneUntil = 0;
  private replaced = 0;
  private isDisposed = false;
  private failure: DeviceLostError | undefined;
  private tellLost: (reason: string) => void = () => {};

  constructor({ threads, memory, patience = 20_000 }: PoolOptions, startWorker: StartWorker) {
    this.size = threads;
    this.patience = patience;
    const shared = new SharedArrayBuffer(control.code + control.mostModuleBytes);
    this.words = new Int32Array(shared);
    this.code = new Uint8Array(shared, control.code);
    this.words[control.gate] = control.closed;
    this.mayBlock = canBlock();
    this.lost = new Promise((resolve) => (this.tellLost = resolve));
    this.startWorker = startWorker;
    this.start = { memory, shared, layout: control, blockSize: threadBlock.size };
    const starts = Array.from({ length: threads - 1 }, (_, k) => this.begin(k + 1));
    this.started = Promise.all(starts).then((reasons) => reasons.find((reason) => reason !== undefined));
  }

  /** Starts a worker, and others where it dies between jobs. Resolves when it is up, or with the reason why it is not. */
  private begin(number: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      let [isUp, isOver] = [false, false];
      const onUp = (): void => {
        isUp = true;
        resolve(undefined);
      };
      const onEnd = (why: string): void => {
        if (isOver) return;
        isOver = true;
        Atomics.store(this.words, control.states + number, control.absent);
        const note = `wasm: a thread ${isUp ? 'died' : 'could not be started'}: ${why.replace(/\.$/, '')}.`;
        resolve(note);
        if (this.isDisposed) return;
        if (!this.notes.includes(note)) this.notes.push(note);
        if (isUp && this.replaced++ < mostReplaced) void this.begin(number);
      };
      try {
        this.ends[number] = this.startWorker({ ...this.start, number }, { onUp, onEnd });
      } catch (error) {
        onEnd(String(error));
      }
    });
  }

  /** Whether another thread would take part at once. */
  get awake(): boolean {
    return this.count(control.awake) > 0;
  }

  private count(state: number): number {
    let count = 0;
    for (let k = 1; k < this.size; k++) if (Atomics.load(this.words, control.states + k) === state) count++;
    return count;
  }

  run(kernel: Kernel, params: number, units: number, chunk: number, threads: number): void {
    if (this.failure) throw this.failure;
    const began = performance.now();
    if (began < this.aloneUntil) return kernel.run(params, 0, units, threads);
    const { words } = this;
    const chunks = Math.ceil(units / chunk);
    words[control.kernel] = kernel.id;
    words[control.moduleBytes] = this.teach(kernel);
    words[control.params] = params;
    words[control.units] = units;
    words[control.chunk] = chunk;
    words[control.chunks] = chunks;
    words[control.threads] = threads;
    words[control.next] = 0;
    words[control.left] = 0;
    words[control.lacking] = 0;
    words[control.failed] = 0;
    this.job = (this.job + 1) & 0xffffff;
    Atomics.store(words, control.gate, this.job << 8);
    const sleeping = this.count(control.asleep);
    if (sleeping > 0) {
      Atomics.notify(words, control.gate, Math.min(sleeping, chunks - 1));
      // That takes 5 to 30 µs for each, and far more where the one woken got this very core.
      const woken = performance.now();
      if (woken - began > sleeping * control.spin) this.rest(woken, woken - began);
    }
    try {
      for (let k = Atomics.add(words, control.next, 1); k < chunks; k = Atomics.add(words, control.next, 1)) {
        kernel.run(params, k * chunk, Math.min(units, (k + 1) * chunk), threads);
      }
    } catch (error) {
      Atomics.store(words, control.next, 1 << 30);
      throw error;
    } finally {
      const entered = Atomics.exchange(words, control.gate, (this.job << 8) | control.closed) & 255;
      if (Atomics.load(words, control.left) !== entered) this.wait(entered, began);
    }
    if (words[control.lacking] !== 0 || words[control.failed] !== 0) this.hear();
  }

  /** Puts the module where workers find it, unless they know the kernel. The number of its bytes. */
  private teach({ id, bytes }: Kernel): number {
    if (this.seen.has(id) || bytes.length > control.mostModuleBytes) return 0;
    this.seen.add(id);
    this.code.set(bytes);
    return bytes.length;
  }

  /** What workers had to say about the job. */
  private hear(): void {
    const { words } = this;
    this.seen.delete(words[control.lacking] as number);
    if (words[control.failed] === 0) return;
    const from = control.message + 1;
    const message = String.fromCharCode(...words.subarray(from, from + (words[control.message] as number)));
    throw new WebAssembly.RuntimeError(`wasm: a kernel failed in another thread: ${message}`);
  }

  /** Waits for the workers that have entered. What is spent otherwise, by a debugger or a laptop asleep, counts as one nap. */
  private wait(entered: number, began: number): void {
    const { words } = this;
    let left = Atomics.load(words, control.left);
    const called = performance.now();
    // What is left is some chunk: of long ones, as large as those done here.
    const patience = Math.max(this.patience, 10 * (called - began));
    let [waited, last] = [0, called];
    while (left !== entered) {
      if (waited < control.spin || !this.mayBlock) pause?.();
      else {
        Atomics.store(words, control.waiting, 1);
        Atomics.wait(words, control.left, left, nap);
        Atomics.store(words, control.waiting, 0);
      }
      const now = performance.now();
      waited += Math.min(now - last, nap);
      last = now;
      const before = left;
      left = Atomics.load(words, control.left);
      if (left !== before) waited = 0;
      else if (waited > patience) throw this.lose(entered - left, patience);
    }
    if (last - called > Math.max(control.spin, 3 * (called - began))) this.rest(last, last - called);
  }

  /** Works alone until what was lost, in milliseconds, is a tenth of the time; a second at most, since laptops sleep too. */
  private rest(now: number, lost: number): void {
    this.aloneUntil = Math.max(this.aloneUntil, now + 10 * Math.min(lost, nap));
  }

  private lose(missing: number, patience: number): DeviceLostError {
    const reason =
      `${missing} of ${this.size} threads began work and gave no sign for ${Math.round(patience) / 1000} s: dead, as when memory runs out. ` +
      'What they were computing is lost. Open the backend again.';
    this.failure = new DeviceLostError(`wasm: ${reason}`);
    this.tellLost(reason);
    this.dispose();
    return this.failure;
  }

  dispose(): void {
    this.isDisposed = true;
    for (const end of this.ends.splice(0)) end?.();
  }
}

const { pause } = Atomics as { pause?: () => void };

/** In the main thread of a page it is forbidden. */
function canBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}
