// For tests: a backend that shares every launch it may, one unit at a time. By itself it would leave small ones to one thread.

import { hasRelaxedSimd, type Features } from './features.ts';
import { Heap } from './heap.ts';
import { Machine, type Crew } from './machine.ts';
import { openCrew } from './threads/index.ts';
import { WasmBackend } from './wasm.ts';

export interface SharedBackend {
  readonly backend: WasmBackend;
  /** How many units other threads have done so far. */
  doneByOthers(): number;
}

/** Opens one, and waits for its threads: the first launch finds them there. One thread has memory of its own. */
export async function openSharedBackend(
  threads: number,
  { relaxed = true, wide = false }: Partial<Features> = {},
): Promise<SharedBackend> {
  const heap = new Heap({ limit: 2 ** 28, shared: threads > 1 });
  const opened = await openCrew({ threads, memory: heap.memory });
  // The threads keep no process alive that waits for them.
  const meanwhile = setInterval(() => {}, 1000);
  const reason = await opened.started;
  clearInterval(meanwhile);
  if (reason !== undefined) throw new Error(reason);
  let byOthers = 0;
  const counting: Crew = {
    size: threads,
    awake: true,
    run(kernel, params, units, chunk, blocks) {
      let own = 0;
      const run: typeof kernel.run = (at, from, to, block) => {
        if (own === 0) giveOthersTime();
        own += to - from;
        kernel.run(at, from, to, block);
      };
      opened.crew.run({ ...kernel, run }, params, units, chunk, blocks);
      byOthers += units - own;
    },
    dispose: () => opened.crew.dispose(),
  };
  const features = { relaxed: relaxed && hasRelaxedSimd(), wide };
  const machine = new Machine(features, heap, counting, { awake: 0, asleep: 0, grain: 1 });
  return { backend: new WasmBackend(machine, 2 ** 27, opened, []), doneByOthers: () => byOthers };
}

/** To wake up: most launches are shorter than that takes. */
function giveOthersTime(): void {
  const until = performance.now() + 0.05;
  while (performance.now() < until);
}
