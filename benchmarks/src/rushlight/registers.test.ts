import { expect, test } from 'vitest';
import { registerFlops, registers } from './registers.ts';

test('as many multiply-adds are done as are counted', () => {
  const job = registers();
  job.step();
  // Each adds 1 · 1 to four lanes, of which one is told.
  expect(job.numbers()).toEqual([registerFlops / 2 / 4]);
});
