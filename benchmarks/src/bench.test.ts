import { expect, test, vi } from 'vitest';
import { bench } from './bench.ts';
import { findFault } from './report/results.ts';

const options = {
  workload: ['tiny'],
  contender: ['rushlight-cpu'],
  threads: 1,
  rounds: 2,
  seconds: 0.02,
  patience: 60,
};

test('the tiny workload on the cpu backend: it is timed, and it learns', async () => {
  const lines: string[] = [];
  const saved: string[] = [];
  const results = await bench(
    options,
    (line) => lines.push(line),
    (soFar) => saved.push(JSON.stringify(soFar)),
  );
  expect(saved.map((text) => JSON.parse(text) as unknown)).toEqual([results]);
  expect(findFault(results)).toBeUndefined();
  const [result] = results.workloads;
  expect(result).toMatchObject({ workload: 'tiny', base: 'rushlight-cpu', checks: [1, 2, 5, 10, 20, 50] });
  const [row] = result!.rows;
  expect(row).toMatchObject({ contender: 'rushlight-cpu', ratio: 1, threads: 1 });
  expect(row?.description).toMatch(/JavaScript/);
  expect(row!.rate!.median).toBeGreaterThan(1);
  expect(row!.turns).toHaveLength(2);
  const losses = row!.trajectory.flat();
  expect(losses).toHaveLength(6);
  expect(losses[0]).toBeCloseTo(0.7, 1);
  expect(losses[5]).toBeLessThan(losses[0]!);
  expect(lines.join('\n')).toMatch(/Rushlight cpu +[\d,.]+ +[\d,.]+–[\d,.]+/);
  expect(results).toMatchObject({ threads: 1, rounds: 2, secondsPerRound: 0.02 });
  expect(results.machine.cores).toBeGreaterThan(0);
});

test('unknown names are refused before anything is started', async () => {
  await expect(bench({ ...options, workload: ['huge'] }, () => {})).rejects.toThrow(RangeError);
  await expect(bench({ ...options, contender: ['nobody'] }, () => {})).rejects.toThrow(RangeError);
});

test('a contender that was named and is not there is refused, too', async () => {
  vi.stubEnv('BENCH_PYTHON', 'no-such-python');
  await expect(bench({ ...options, contender: ['torch'] }, () => {})).rejects.toThrow(
    'torch cannot take part: no python3',
  );
  vi.unstubAllEnvs();
});
