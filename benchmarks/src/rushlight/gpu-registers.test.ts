import { useBackend } from 'rushlight';
import { expect, test } from 'vitest';
import { gpuRegisters, gpuRegisterFlops, rowSum } from './gpu-registers.ts';

test('as many multiply-adds are done as are counted', async () => {
  await useBackend('cpu');
  const job = gpuRegisters(2);
  job.step();
  expect(await job.numbers()).toEqual([rowSum]);
  // Each adds 1 to what its chain began with: 0, 1, 2, 3 in even columns, one more in odd ones.
  const begun = 4096 * (0 + 1 + 2 + 3) + 2048 * 4;
  expect(gpuRegisterFlops).toBe(2 * 4096 * (rowSum - begun));
});
