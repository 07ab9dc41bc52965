import { expect, test } from 'vitest';
import { sampleResult } from './sample-results.ts';
import { printResult, short } from './table.ts';

test('a table has timings, losses, and who could not and why', () => {
  expect(printResult(sampleResult, 1)).toBe(
    `
tiny: 10→5→2, SGD

                 steps/s     quartiles   ms  × PyTorch      rounds
  PyTorch         10,000  9,500–10,500  0.1          1           3
  Rushlight cpu    5,000   4,500–5,250  0.2        0.5  3, 1 noisy

  loss after       1 step   2 steps
  PyTorch        0.700000  0.690000
  Rushlight cpu  0.700000  0.690000
  Library B      0.800000

  Library <A>: no conv
  Library B: WRONG, 0.8 after step 1 where 0.7 is expected
`.trim(),
  );
});

test('a kernel has its arithmetic speed, and who gives the same outputs', () => {
  const text = printResult({ ...sampleResult, group: 'kernels', flops: 2e6 }, 1);
  expect(text).toContain('GFLOP/s');
  expect(text).toMatch(/PyTorch {9}10,000 {2}9,500–10,500 {2}0\.1 {7}20 /);
  expect(text).toContain('same outputs: PyTorch · Rushlight cpu\n');
});

test('where nobody could, the reasons stand alone', () => {
  const rows = sampleResult.rows.slice(2, 3);
  expect(printResult({ workload: 'gru', title: 'GRU', group: 'training', checks: [1], tolerance: 1e-3, rows }, 1)).toBe(
    'gru: GRU\n\n  Library <A>: no conv',
  );
});

test('numbers are short', () => {
  expect([12345.6, 999.4, 1.2345, 0.00012345, 0, Number.NaN].map(short)).toEqual([
    '12,346',
    '999',
    '1.23',
    '0.000123',
    '0',
    '–',
  ]);
});
