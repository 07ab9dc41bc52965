import { mostThreads } from './control.ts';
import { nodeModule } from './node-module.ts';

export interface ThreadPlan {
  readonly threads: number;
  /** Why there is one where more were to be expected. */
  readonly reason?: string;
}

/** More than this many threads rarely help, and the user's other work wants some. */
const usual = 8;

/** How many threads to use: `wanted`, or one per core, 8 at most; one where memory cannot be shared. Throws RangeError. */
export async function planThreads(wanted?: number): Promise<ThreadPlan> {
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1 && wanted <= mostThreads)) {
    throw new RangeError(`wasm: threads is ${wanted}. Give a whole number from 1 to ${mostThreads}, or leave it out.`);
  }
  const os = await nodeModule<{ availableParallelism(): number }>('node:os');
  const threads =
    wanted ?? Math.min(usual, os ? os.availableParallelism() : (globalThis.navigator?.hardwareConcurrency ?? 1));
  if (threads === 1) return { threads };
  if (typeof SharedArrayBuffer === 'undefined' || (!os && !globalThis.crossOriginIsolated)) {
    return {
      threads: 1,
      reason:
        'wasm: one thread, since memory cannot be shared here. A page has to be served with ' +
        '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp".',
    };
  }
  return { threads };
}
