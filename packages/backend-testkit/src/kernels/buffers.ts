// Memory: what is written is read, in the order it was asked for; what is freed is gone; the count is right.

import { add1, anyBackend, equal, fails, lengths, ramp } from './simple-launch.ts';
import { dtypesOf, type Entry } from '../harness.ts';

export const bufferTests: readonly Entry[] = [
  {
    name: 'buffers: what is written is read back',
    async run(harness) {
      const { backend } = harness.device;
      for (const dtype of dtypesOf(harness)) {
        for (const length of lengths) {
          const buffer = backend.allocate(dtype, length);
          const data = ramp(dtype, length);
          backend.write(buffer, data);
          equal(`${dtype} × ${length}`, await backend.read(buffer, 0, length), data);
          const [from, count] = [Math.floor(length / 3), Math.floor(length / 2)];
          equal(
            `${dtype} × ${length} from ${from}`,
            await backend.read(buffer, from, count),
            data.slice(from, from + count),
          );
          if (backend.readSync)
            equal('readSync', backend.readSync(buffer, from, count), data.slice(from, from + count));
          backend.free(buffer);
        }
      }
    },
  },
  {
    name: 'buffers: a shorter write leaves the rest',
    async run(harness) {
      const { backend } = harness.device;
      for (const dtype of dtypesOf(harness)) {
        const buffer = backend.allocate(dtype, 9);
        backend.write(buffer, ramp(dtype, 9));
        for (const count of [5, 1, 0]) backend.write(buffer, ramp(dtype, count).fill(0));
        const expected = ramp(dtype, 9).fill(0, 0, 5);
        equal(dtype, await backend.read(buffer, 0, 9), expected);
        backend.free(buffer);
      }
    },
  },
  {
    name: 'buffers: data may be changed after a write, and what was read is a copy',
    async run({ device: { backend } }) {
      const buffer = backend.allocate('float32', 4);
      const data = Float32Array.of(1, 2, 3, 4);
      backend.write(buffer, data);
      data.fill(9);
      const first = backend.read(buffer, 0, 4);
      backend.write(buffer, data);
      const found = await first;
      equal('before the second write', found, Float32Array.of(1, 2, 3, 4));
      found.fill(5);
      equal('after it', await backend.read(buffer, 0, 4), Float32Array.of(9, 9, 9, 9));
      backend.free(buffer);
    },
  },
  {
    name: 'buffers: writes, launches and reads happen in their order',
    async run({ device: { backend } }) {
      for (const length of lengths) {
        const [x, y] = [backend.allocate('float32', length), backend.allocate('float32', length)];
        const data = ramp('float32', length);
        backend.write(x, data);
        add1(backend, x, y);
        backend.write(x, data.map((v) => v + 10)); // prettier-ignore
        const first = backend.read(y, 0, length);
        add1(backend, x, y);
        add1(backend, y, x);
        backend.free(y);
        equal(`the first of ${length}`, await first, data.map((v) => v + 1)); // prettier-ignore
        equal(`the last of ${length}`, await backend.read(x, 0, length), data.map((v) => v + 12)); // prettier-ignore
        backend.free(x);
      }
    },
  },
  {
    name: 'buffers: use after free is an error',
    async run(harness) {
      await anyBackend(harness, async (backend) => {
        const [x, y] = [backend.allocate('float32', 3), backend.allocate('float32', 3)];
        backend.write(x, new Float32Array(3));
        backend.free(x);
        await fails('read', () => backend.read(x, 0, 3));
        await fails('write', () => backend.write(x, new Float32Array(3)));
        await fails('free', () => backend.free(x));
        await fails('run', () => add1(backend, x, y));
        await fails('run', () => add1(backend, y, x));
        backend.free(y);
      });
    },
  },
  {
    name: 'buffers: memory is counted and comes back to nothing',
    async run(harness) {
      await anyBackend(harness, async (backend) => {
        const empty = backend.memory();
        equal('at first', [empty.liveBytes, empty.liveBuffers], [0, 0]);
        const made = backend.limits.dtypes.map((dtype) => backend.allocate(dtype, 1031));
        const full = backend.memory();
        equal('buffers', [full.liveBuffers], [made.length]);
        if (full.liveBytes < made.length * 1031) throw new Error(`${full.liveBytes} bytes for ${made.length} buffers of 1031 elements.`); // prettier-ignore
        for (const buffer of made) backend.free(buffer);
        await backend.finish();
        const { liveBytes, liveBuffers } = backend.memory();
        equal('at last', [liveBytes, liveBuffers], [0, 0]);
        await backend.relieve();
        const { pooledBytes } = backend.memory();
        if (pooledBytes > (3 / 4) * backend.limits.budget) throw new Error(`${pooledBytes} bytes are pooled after relieve, of a budget of ${backend.limits.budget}.`); // prettier-ignore
      });
    },
  },
];
