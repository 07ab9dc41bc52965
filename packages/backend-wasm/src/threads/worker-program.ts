// What a worker does, until it is ended: it enters open jobs, takes chunks of them, and sleeps where there is none. The function
// is turned into text and run elsewhere: nothing of this module is in its reach, and it has no functions inside that a bundler
// could wrap into something of its own.

import type { KernelFunction } from '../machine.ts';
import type { control } from './control.ts';

export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  /** The words of `control`, and their layout. */
  readonly shared: SharedArrayBuffer;
  readonly layout: typeof control;
  /** From 1 on. */
  readonly number: number;
  /** Bytes of a thread's block. */
  readonly blockSize: number;
}

export function workerProgram(start: WorkerStart, onUp: () => void): void {
  const at = start.layout;
  const words = new Int32Array(start.shared);
  const state = at.states + start.number;
  const pause = (Atomics as { pause?: () => void }).pause;
  const kernels = new Map<number, KernelFunction>();
  let finished = -1;
  let most: number = at.spin;
  Atomics.store(words, state, at.awake);
  onUp();
  for (;;) {
    // Wait for a job that is open and was not worked for yet.
    let gate = Atomics.load(words, at.gate);
    const since = performance.now();
    let waited = 0;
    while ((gate & 255) === at.closed || gate >>> 8 === finished) {
      if (waited < most) pause?.();
      else {
        Atomics.store(words, state, at.asleep);
        Atomics.wait(words, at.gate, gate);
        Atomics.store(words, state, at.awake);
      }
      waited = performance.now() - since;
      gate = Atomics.load(words, at.gate);
    }
    most = waited < at.spin ? at.spin : at.glance;
    if (Atomics.compareExchange(words, at.gate, gate, gate + 1) !== gate) continue;

    // The job stays as it is until everybody who has entered has left.
    const id = words[at.kernel] as number;
    const run = kernels.get(id);
    let module: Uint8Array<ArrayBuffer> | undefined;
    if (run) {
      finished = gate >>> 8;
      const chunk = words[at.chunk] as number;
      const chunks = words[at.chunks] as number;
      const units = words[at.units] as number;
      const params = words[at.params] as number;
      const thread = (words[at.threads] as number) + start.number * start.blockSize;
      try {
        for (let k = Atomics.add(words, at.next, 1); k < chunks; k = Atomics.add(words, at.next, 1)) {
          run(params, k * chunk, Math.min(units, (k + 1) * chunk), thread);
        }
      } catch (error) {
        Atomics.store(words, at.next, 1 << 30);
        if (Atomics.compareExchange(words, at.failed, 0, 1) === 0) {
          const message = String(error);
          const length = Math.min(message.length, at.longestMessage);
          for (let k = 0; k < length; k++) words[at.message + 1 + k] = message.charCodeAt(k);
          words[at.message] = length;
        }
      }
    } else {
      const bytes = words[at.moduleBytes] as number;
      if (bytes > 0) module = new Uint8Array(start.shared, at.code, bytes).slice() as Uint8Array<ArrayBuffer>;
      else {
        finished = gate >>> 8;
        Atomics.store(words, at.lacking, id);
      }
    }
    Atomics.add(words, at.left, 1);
    if (Atomics.load(words, at.waiting) === 1) Atomics.notify(words, at.left);

    // Nobody waits while a module is compiled; there may still be chunks of its first job afterwards.
    if (module) {
      if (kernels.size >= 1024) kernels.clear();
      const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { host: { memory: start.memory } });
      kernels.set(id, instance.exports.run as KernelFunction);
    }
  }
}
