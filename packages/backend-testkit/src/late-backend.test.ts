// The suite on a backend of the other sort, as a GPU's is: everything is queued, nothing can be read at once, a failed check
// is known late, there is no float64, few buffers fit a launch, and conv, scan and sort are left to core.

import { KernelCheckError, type Backend, type BackendFactory, type Buffer } from '@rushlight/core/kernel';
import { checked, reference } from '@rushlight/core/testing';
import { testBackend } from './index.ts';

/** `inner`, doing nothing before something is awaited. */
function late(inner: BackendFactory): BackendFactory {
  return { name: 'late', create: async () => delay(await inner.create()) };
}

function delay(backend: Backend): Backend {
  const queue: { run: () => void; isLaunch: boolean }[] = [];
  const freed = new Set<Buffer>();
  let disposed = false;
  const mustLive = (buffer?: Buffer): void => {
    if (disposed || (buffer && freed.has(buffer))) throw new Error('late: this buffer is gone, or the backend is.');
  };
  const flush = (): void => {
    let failure: unknown;
    for (const { run, isLaunch } of queue.splice(0)) {
      if (failure && isLaunch) continue;
      try {
        run();
      } catch (error) {
        if (!(error instanceof KernelCheckError)) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
  };
  return {
    name: 'late',
    limits: { dtypes: ['float32', 'float16', 'int32', 'uint8', 'bool'], budget: 2 ** 28, buffers: 8 },
    lost: backend.lost,
    allocate(dtype, length) {
      mustLive();
      return backend.allocate(dtype, length);
    },
    free(buffer) {
      mustLive(buffer);
      freed.add(buffer);
      queue.push({ run: () => backend.free(buffer), isLaunch: false });
    },
    write(buffer, data) {
      mustLive(buffer);
      const copy = data.slice();
      queue.push({ run: () => backend.write(buffer, copy), isLaunch: false });
    },
    async read(buffer, offset, length) {
      mustLive(buffer);
      flush();
      return backend.read(buffer, offset, length);
    },
    run(launch) {
      for (const { buffer } of launch.operands) mustLive(buffer);
      queue.push({ run: () => backend.run(launch), isLaunch: true });
    },
    supports: ({ kind }) => kind !== 'conv' && kind !== 'scan' && kind !== 'sort',
    async finish() {
      mustLive();
      flush();
    },
    async relieve() {
      flush();
    },
    memory() {
      return backend.memory();
    },
    dispose() {
      disposed = true;
      backend.dispose();
    },
  };
}

// Of what was built, reference.test.ts says enough.
testBackend({
  ...checked(late(reference())),
  brief: process.env['ENGINES'] !== 'all',
  oneIn: process.env['ENGINES'] === 'all' ? 1 : 3,
  ...(process.env['TEST_BUILT'] && { unavailable: 'it runs on the source' }),
});
