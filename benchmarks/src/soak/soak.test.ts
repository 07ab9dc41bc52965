// The short form of `pnpm soak`: a few thousand steps on a small budget. The numbers leave room for what the engine does as it likes; what
// grows by four kilobytes a step does not pass.

import { expect, test } from 'vitest';
import { judge } from './flatness.ts';
import { watchProcess } from './soak.ts';

const mega = 2 ** 20;
/** Of `steadyHeap`: on a busy machine all of it is touched only after memory counts as settled. */
const youngGeneration = 48 * mega;
const plain = { threads: 1, budget: 8 * mega, await: false, dispose: false };

// Its processes run the source, whatever is tested.
test.skipIf(process.env['TEST_BUILT']).each([
  { ...plain, workload: 'mlp', backend: 'wasm', steps: 4000 },
  { ...plain, workload: 'tiny', backend: 'wasm', steps: 20_000 },
  { ...plain, workload: 'tiny', backend: 'wasm', steps: 20_000, await: true },
  { ...plain, workload: 'tiny', backend: 'cpu', steps: 20_000 },
])('$workload on $backend (await: $await) stays within bounds', async (options) => {
  const all = await watchProcess(options, () => {});
  expect(all.at(-1)?.steps).toBe(options.steps);
  for (const { liveBytes, liveBuffers } of all) {
    expect(liveBytes).toBeLessThanOrEqual(options.budget);
    expect(liveBuffers).toBeLessThanOrEqual(2 ** 11 + 2 ** 8);
  }
  const { settled, most } = judge(all);
  expect(most - settled).toBeLessThan(youngGeneration + 24 * mega);
});

test('a loop that ends early is told', async () => {
  const options = { ...plain, budget: 100, workload: 'tiny', backend: 'wasm', steps: 100 };
  await expect(watchProcess(options, () => {})).rejects.toThrow('the loop ended with code 1');
});
