import { expect, test } from 'vitest';
import { remarks } from './remarks.ts';
import { sampleResult } from './sample-results.ts';

const [, ours] = sampleResult.rows;
const remark = (row: object, threads = 1): string[] =>
  remarks({ ...sampleResult, rows: [{ ...ours!, ...row }] }, threads);

test('there is nothing to say of a contender that was and did what was asked for', () => {
  expect(remark({})).toEqual([]);
  expect(remark({ threads: 2, description: '2 threads, 128-bit vectors' }, 2)).toEqual([]);
});

test('whoever fell back says so', () => {
  expect(remark({ threads: 1 }, 2)).toEqual(['Rushlight cpu: 1 of 2 threads']);
  const description = '1 thread, 128-bit vectors; wasm: no 256-bit operations, since it is slower.';
  expect(remark({ threads: 1, description })).toEqual([
    'Rushlight cpu: wasm: no 256-bit operations, since it is slower.',
  ]);
});

test('whoever was slow says how far it was compared', () => {
  expect(remark({ trajectory: [[0.7]] })).toEqual(['Rushlight cpu: checked after 1 of 2 steps']);
});
