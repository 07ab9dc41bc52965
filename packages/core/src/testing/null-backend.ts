// A backend without memory or arithmetic, for tests that need no numbers: how many launches, which programs.

import { dtypes, hostArray } from '../kernel/index.ts';
import type { Backend, Launch } from '../kernel/index.ts';

export interface NullBackend extends Backend {
  /** What it was asked to run, in order. Set its length to 0 to begin anew. */
  readonly launches: Launch[];
}

/**
 * A backend that allocates nothing, runs nothing and remembers the launches. What is read from it is 0.
 *
 * @example
 * const backend = nullBackend();
 * await useBackend(backend);
 * train();
 * expect(new Set(backend.launches.map((launch) => launch.program)).size).toBe(12);
 */
export function nullBackend(): NullBackend {
  const launches: Launch[] = [];
  let liveBuffers = 0;
  return {
    name: 'null',
    limits: { dtypes, budget: Infinity },
    launches,
    allocate(dtype, length) {
      liveBuffers++;
      return { dtype, length };
    },
    free() {
      liveBuffers--;
    },
    write: () => {},
    read: (buffer, _, length) => Promise.resolve(hostArray(buffer.dtype, length)),
    readSync: (buffer, _, length) => hostArray(buffer.dtype, length),
    run: (launch) => void launches.push(launch),
    finish: () => Promise.resolve(),
    relieve: () => Promise.resolve(),
    memory: () => ({ liveBytes: 0, liveBuffers, pooledBytes: 0, pooledBuffers: 0 }),
    dispose: () => void (liveBuffers = 0),
    lost: new Promise(() => {}),
  };
}
