// The process in which the loop runs: `child.ts <options as JSON>` prints a line for each fortieth of the steps, with the most memory
// that was resident in it.

import { writeSync } from 'node:fs';
import { memory, useBackend } from 'rushlight';
import { openBackend } from '../rushlight/open-backend.ts';
import { samples, type Sample } from './flatness.ts';
import { runLoop, type LoopOptions } from './loop.ts';
import { makeArrays, makeJob } from './make-job.ts';

export interface ChildOptions extends LoopOptions {
  readonly workload: string;
  readonly backend: string;
  readonly threads: number;
  readonly budget?: number;
}

const { workload, backend, threads, budget, ...options } = JSON.parse(process.argv[2] ?? '') as ChildOptions;

/** How often memory is looked at within a sample: a collector lets it rise and fall. */
const looks = 10;

const arrays = await makeArrays(workload);
const device = await useBackend(await openBackend(backend, threads, budget));
const job = makeJob(workload, arrays);
const every = Math.max(1, Math.floor(options.steps / samples));
const often = Math.max(1, Math.floor(every / looks));
const started = performance.now();
let most = 0;
await runLoop(job, options, (steps) => {
  if (steps % often === 0) most = Math.max(most, process.memoryUsage.rss());
  if (steps % every !== 0) return;
  const { liveBytes = 0, liveBuffers = 0 } = memory()[device.name] ?? {};
  const sample: Sample = {
    steps,
    seconds: (performance.now() - started) / 1e3,
    resident: most,
    liveBytes,
    liveBuffers,
  };
  // Not through a stream, which would wait for the event loop.
  writeSync(1, `${JSON.stringify(sample)}\n`);
  most = 0;
});
process.exit(0);
