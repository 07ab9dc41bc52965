// What the tests of the reports share: a run of two contenders that could and two that could not.

import type { WorkloadResult } from '../measure/measure-workload.ts';
import { summarize } from '../measure/statistics.ts';
import type { Results } from './results.ts';

const turns = (...rates: number[]) => rates.map((rate) => ({ rate, quiet: true }));

export const sampleResult: WorkloadResult = {
  workload: 'tiny',
  title: '10→5→2, SGD',
  group: 'training',
  checks: [1, 2],
  tolerance: 1e-3,
  base: 'torch',
  rows: [
    {
      contender: 'torch',
      title: 'PyTorch',
      versions: { torch: '2.0' },
      trajectory: [[0.7], [0.69]],
      turns: turns(9000, 10000, 11000),
      rate: summarize(turns(9000, 10000, 11000)),
      ratio: 1,
    },
    {
      contender: 'rushlight-cpu',
      title: 'Rushlight cpu',
      versions: {},
      trajectory: [[0.7], [0.69]],
      turns: turns(4000, 5000, 5500),
      rate: { ...summarize(turns(4000, 5000, 5500)), noisy: 1 },
      ratio: 0.5,
    },
    {
      contender: 'a',
      title: 'Library <A>',
      versions: { a: '1' },
      trajectory: [],
      failure: { kind: 'unable', reason: 'no conv' },
    },
    {
      contender: 'b',
      title: 'Library B',
      versions: {},
      trajectory: [[0.8]],
      failure: { kind: 'wrong', reason: '0.8 after step 1 where 0.7 is expected' },
    },
  ],
};

export const sampleResults: Results = {
  date: '2026-11-22T17:00:01.000Z',
  commit: 'abc1234',
  machine: { cpu: 'A processor', cores: 2, memoryGiB: 8, os: 'linux x64', node: 'v24.0.0' },
  threads: 1,
  rounds: 3,
  secondsPerRound: 0.5,
  patience: 60,
  versions: { torch: '2.0' },
  absent: [{ name: 'jax-js', why: 'not installed' }],
  workloads: [sampleResult],
};
