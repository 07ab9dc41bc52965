import { randn } from 'rushlight';
import { describe, expect, test } from 'vitest';
import { measure } from './measure.ts';
import { measureAll } from './measure-all.ts';
import type { SpeedReport } from './protocol.ts';
import { digits, markdownOf, nothing, rowOf, withReport, type Results } from './results.ts';
import { workloadList } from './workload-list.ts';
import { workloads, type Workload } from './workloads.ts';

const tiny: Workload = {
  name: 'add',
  unit: 'GFLOP/s',
  amount: 1e-9,
  prepare() {
    const x = randn([1]);
    return () => void x.add(1);
  },
};
const broken: Workload = {
  ...tiny,
  name: 'broken',
  prepare: () => () => {
    throw new Error('no such thing');
  },
};

test('the page lists what the worker runs', () => {
  expect(workloads.map(({ name, unit }) => ({ name, unit }))).toEqual(workloadList);
});

test('counts runs in a second, in turns', async () => {
  let runs = 0;
  const pause = (): void => {
    runs++;
    for (const until = performance.now() + 1; performance.now() < until;);
  };
  const { perSecond, turns, spread } = await measure(pause, 0.1);
  expect(perSecond).toBeGreaterThan(0);
  expect(perSecond).toBeLessThan(1010);
  expect(turns).toBeGreaterThanOrEqual(1);
  expect(spread).toBeGreaterThanOrEqual(0);
  expect(runs).toBeGreaterThan(turns);
});

test('every workload runs, and tells its number or why there is none', async () => {
  const reports: SpeedReport[] = [];
  await measureAll({ backends: ['cpu', 'wasm'], seconds: 0.01 }, (report) => reports.push(report), [tiny, broken]);
  expect(reports.map(({ kind }) => kind)).toEqual([
    'device', 'begin', 'result', 'begin', 'failed', 'device',
    'device', 'begin', 'result', 'begin', 'failed', 'device', 'done',
  ]); // prettier-ignore
  expect(reports[4]).toMatchObject({ backend: 'cpu', workload: 'broken', reason: 'no such thing' });
});

test('steps of training run on a backend', async () => {
  const reports: SpeedReport[] = [];
  const training = workloads.filter(({ unit }) => unit === 'steps/s');
  await measureAll({ backends: ['wasm'], seconds: 0.02 }, (report) => reports.push(report), training);
  expect(reports.filter(({ kind }) => kind === 'result')).toHaveLength(2);
});

describe('results', () => {
  const measured = { perSecond: 1, turns: 3, spread: 0.1 };
  const told: SpeedReport[] = [
    { kind: 'device', backend: 'wasm', description: '2 threads', isSoftware: false },
    { kind: 'begin', backend: 'wasm', workload: 'softmax' },
    { kind: 'result', backend: 'wasm', workload: 'softmax', value: 1234.5, measured },
    { kind: 'unavailable', backend: 'webgpu', reason: 'there is no GPU' },
    { kind: 'done' },
  ];
  const results: Results = told.reduce(withReport, nothing);

  test('gather as they come', () => {
    expect(results.isDone).toBe(true);
    expect(rowOf(results, ['wasm', 'webgpu'], 'softmax')).toEqual([1234.5, undefined]);
    expect(nothing.cells.size).toBe(0);
  });

  test('are a table in Markdown', () => {
    const texts = { what: 'What', software: 'software', absent: 'Not here:', machine: '2 cores' };
    const list = [{ name: 'softmax', unit: 'GB/s' }] as const;
    expect(markdownOf(results, { backends: ['wasm', 'webgpu'], workloads: list, texts })).toBe(
      `| What |  | wasm | webgpu |
| --- | --- | ---: | ---: |
| softmax | GB/s | 1,235 | – |

- wasm: 2 threads
- webgpu: Not here: there is no GPU

2 cores
`,
    );
  });

  test('have three digits', () => {
    expect([0.01234, 1.2345, 99.99, 5123.4].map(digits)).toEqual(['0.0123', '1.23', '100', '5,123']);
  });
});
