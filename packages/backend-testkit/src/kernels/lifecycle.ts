// A backend's life: failed checks surface, several live side by side, and one that was disposed says so.

import { KernelCheckError, type Backend, type Buffer } from '@rushlight/core/kernel';
import type { Entry } from '../harness.ts';
import { add1, anyBackend, equal, fails } from './simple-launch.ts';

/** A launch of y = x + 1 whose check fails at position 2; on backends that report late it only queues. */
async function failingLaunch(backend: Backend): Promise<void> {
  const allocate = (): Buffer => backend.allocate('float32', 4);
  const [x, y, z, w] = [allocate(), allocate(), allocate(), allocate()];
  backend.write(x, Float32Array.of(1, 2, NaN, NaN));
  backend.write(y, Float32Array.of(5, 6, 7, 8));
  backend.write(w, Float32Array.of(5, 6, 7, 8));
  let error: unknown;
  if (backend.readSync) error = await fails('run', () => add1(backend, x, z, true));
  else {
    const launch = add1(backend, x, z, true);
    add1(backend, y, w);
    error = await fails('finish', () => backend.finish());
    if (error instanceof KernelCheckError && error.launch !== launch)
      throw new Error('the error names another launch.');
    equal('a launch behind the failure', await backend.read(w, 0, 4), [5, 6, 7, 8]);
    await failForAll(backend, x, z);
  }
  if (!(error instanceof KernelCheckError)) throw new Error(`it failed with ${String(error)}, not a KernelCheckError.`);
  equal('check and position', [error.check, error.position, error.value], [0, 2, NaN]);
  backend.write(x, Float32Array.of(1, 2, 3, 4));
  add1(backend, x, y, true);
  equal('the next launch', await backend.read(y, 0, 4), [2, 3, 4, 5]);
  for (const buffer of [x, y, z, w]) backend.free(buffer);
}

/** Who else waits when a check fails may be told of it too, and the next failure is told as well. */
async function failForAll(backend: Backend, x: Buffer, z: Buffer): Promise<void> {
  const first = add1(backend, x, z, true);
  const waiting = [backend.read(z, 0, 4), backend.finish(), backend.read(x, 0, 4)];
  const all = Promise.allSettled(waiting);
  await fails('the first read', () => waiting[0]);
  const next = add1(backend, x, z, true);
  for (const outcome of await all) {
    const reason: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
    const isTheFirst = reason instanceof KernelCheckError && reason.launch === first;
    if (reason !== undefined && !isTheFirst) throw new Error(`one who waited was told ${String(reason)}.`);
  }
  const error = await fails('finish', () => backend.finish());
  if (!(error instanceof KernelCheckError && error.launch === next)) throw new Error(`the next failure is ${String(error)}.`); // prettier-ignore
}

export const lifecycleTests: readonly Entry[] = [
  {
    name: 'lifecycle: a failed check surfaces at once or at the next await, and once',
    run: (harness) => anyBackend(harness, failingLaunch),
  },
  {
    name: 'lifecycle: two backends are live at once',
    async run(harness) {
      await anyBackend(harness, (first) =>
        anyBackend(harness, async (second) => {
          const buffers = [first, second, harness.device.backend].map((backend) => {
            const pair = [backend.allocate('float32', 65), backend.allocate('float32', 65)] as const;
            return { backend, pair };
          });
          buffers.forEach(({ backend, pair }, k) => backend.write(pair[0], new Float32Array(65).fill(k)));
          for (const { backend, pair } of buffers) add1(backend, ...pair);
          for (const [k, { backend, pair }] of buffers.entries()) {
            equal(`backend ${k}`, await backend.read(pair[1], 0, 65), new Float32Array(65).fill(k + 1));
            for (const buffer of pair) backend.free(buffer);
          }
          const foreign = first.allocate('float32', 1);
          await fails('read of another backend’s buffer', () => second.read(foreign, 0, 1));
          first.free(foreign);
        }),
      );
    },
  },
  {
    name: 'lifecycle: finish and relieve wait and lose nothing',
    async run(harness) {
      await anyBackend(harness, async (backend) => {
        const [x, y] = [backend.allocate('float32', 257), backend.allocate('float32', 257)];
        backend.write(x, new Float32Array(257).fill(1));
        for (let k = 0; k < 10; k++) add1(backend, k % 2 ? y : x, k % 2 ? x : y);
        await backend.finish();
        await backend.relieve();
        equal('x', await backend.read(x, 0, 257), new Float32Array(257).fill(11));
      });
    },
  },
  {
    name: 'lifecycle: after dispose every call fails',
    async run({ create }) {
      const backend = await create();
      const [x, y] = [backend.allocate('float32', 3), backend.allocate('float32', 3)];
      backend.dispose();
      await fails('allocate', () => backend.allocate('float32', 1));
      await fails('write', () => backend.write(x, new Float32Array(3)));
      await fails('read', () => backend.read(x, 0, 3));
      await fails('run', () => add1(backend, x, y));
      await fails('free', () => backend.free(x));
    },
  },
];
