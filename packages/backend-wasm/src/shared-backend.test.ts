// However small a launch is, and whoever does which unit of it: the suite passes, and the bits are those of one thread.

import { testBackend } from '@rushlight/backend-testkit';
import { openBackend, type Device, type DType } from '@rushlight/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bitsOn, computations } from './same-bits.ts';
import { openSharedBackend, type SharedBackend } from './shared-backend.ts';
import { wasm } from './wasm.ts';

const all = process.env.ENGINES === 'all';

testBackend({
  name: 'wasm, 3 threads, every launch shared, no fused arithmetic',
  create: async () => (await openSharedBackend(3, { relaxed: false })).backend,
  // See testkit.test.ts.
  brief: !all,
  oneIn: all ? 1 : 2,
});

describe('the same bits as with one thread', () => {
  let shared: SharedBackend;
  let [one, many]: Device[] = [];

  beforeAll(async () => {
    shared = await openSharedBackend(3);
    one = await openBackend(wasm({ threads: 1, budget: 2 ** 28 }));
    many = await openBackend({ name: 'wasm, shared', create: () => shared.backend });
  });
  afterAll(() => [one, many].forEach((device) => device?.dispose()));

  /** Sizes that fill vectors, panels and blocks, and that do not; one beyond what a sum takes at a time. */
  const size = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) }, fc.integer({ min: 41, max: 700 }));
  const small = fc.integer({ min: 1, max: 9 });
  const float = fc.constantFrom<DType>('float32', 'float64');

  test.each(Object.entries(computations))('%s', async (_name, compute) => {
    if (!one || !many) throw new Error('they are open by now');
    const devices = [one, many] as const;
    await fc.assert(
      fc.asyncProperty(float, fc.tuple(size, size, size), small, fc.nat(), async (dtype, sizes, k, seed) => {
        const [alone, together] = devices.map((device) =>
          bitsOn(device, dtype, seed, (made) => compute(made, sizes, k)),
        );
        expect(await together).toEqual(await alone);
      }),
      { numRuns: all ? 50 : 20, seed: 4 },
    );
  });

  // How much of it each does is up to the machine.
  test('other threads took part', () => {
    expect(shared.doneByOthers()).toBeGreaterThan(0);
  });
});
