// The loop under test: the plain one of the README, in one synchronous function or with an `await` in each step, or the same
// with everything freed at once.

import { defaultDevice, tidy, type Tensor } from 'rushlight';
import type { Job } from '../contenders/serve.ts';
import { yielding } from '../rushlight/yielding.ts';

export interface LoopOptions {
  readonly steps: number;
  /** Whether each step waits for its loss. */
  readonly await: boolean;
  /** Whether each step frees what it made. */
  readonly dispose: boolean;
}

/** The step as it is, or one that frees what it made, the loss when the next one is there. */
export function stepOf(job: Job, dispose: boolean): () => void {
  if (!dispose) return () => void job.step();
  let loss: Tensor | undefined;
  return () => {
    const before = loss;
    loss = tidy(() => job.step() as Tensor);
    before?.dispose();
  };
}

/** Runs all steps, and calls `watch` after each. */
export function runLoop(job: Job, options: LoopOptions, watch: (steps: number) => void): Promise<void> | void {
  const step = stepOf(job, options.dispose);
  return options.await ? awaiting(job, step, options.steps, watch) : synchronous(step, options.steps, watch);
}

function synchronous(step: () => void, steps: number, watch: (steps: number) => void): void {
  for (let k = 1; k <= steps; k++) {
    step();
    watch(k);
  }
}

async function awaiting(job: Job, step: () => void, steps: number, watch: (steps: number) => void): Promise<void> {
  const yieldingStep = yielding(step, defaultDevice());
  for (let k = 1; k <= steps; k++) {
    await yieldingStep();
    await job.finish();
    watch(k);
  }
}
