import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from 'rushlight';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectWorkloads } from './select.ts';
import { readArrays, writeWorkload } from './workload-file.ts';
import type { Workload } from './workload.ts';

const folder = mkdtempSync(join(tmpdir(), 'rushlight-workloads-'));
beforeAll(async () => {
  await useBackend('cpu');
});
afterAll(() => rmSync(folder, { recursive: true }));

const workload = (name: string): Workload => selectWorkloads([name])[0]!;

test('arrays come back with their shapes, dtypes and values', () => {
  const made: Workload = {
    ...workload('gelu'),
    arrays: (make) => {
      make.norm('norm', 3);
      make.integers('y', [2, 2], 5);
      make.parameter('w', [4], 4);
    },
  };
  const arrays = readArrays(writeWorkload(made, folder));
  expect([...arrays.keys()]).toEqual(['norm.weight', 'norm.bias', 'y', 'w']);
  expect(arrays.get('norm.weight')).toEqual({ shape: [3], values: Float32Array.of(1, 1, 1), isParameter: true });
  expect(arrays.get('y')?.values).toBeInstanceOf(Int32Array);
  expect(arrays.get('y')?.shape).toEqual([2, 2]);
  expect(Math.max(...(arrays.get('w')?.values ?? []).map(Math.abs))).toBeLessThanOrEqual(0.5);
});

test('the same workload is the same every time', () => {
  const { path } = writeWorkload(workload('tiny'), folder);
  const first = readFileSync(path);
  writeWorkload(workload('matmul-32'), folder);
  writeWorkload(workload('tiny'), folder);
  expect(readFileSync(path).equals(first)).toBe(true);
});

test.each(['tiny', 'cnn-sgd', 'charlm', 'gru'])('%s: labels are in range, and the file ends with them', (name) => {
  const file = writeWorkload(workload(name), folder);
  const arrays = readArrays(file);
  const [x, y] = [arrays.get('x')!, arrays.get('y')!];
  const classes = (arrays.get('head.bias') ?? arrays.get('fc2.bias'))!.shape[0]!;
  expect(Math.min(...y.values)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...y.values)).toBe(classes - 1);
  expect(x.shape.slice(0, 2)).toEqual(y.shape.slice(0, 2));
  expect(statSync(file.path).size).toBe(file.arrays.at(-1)!.offset + 4 * y.values.length);
});

test('the target of a text is the token that follows', () => {
  const arrays = readArrays(writeWorkload(workload('gru'), folder));
  const [x, y] = [arrays.get('x')!, arrays.get('y')!];
  const length = x.shape[2]!;
  const within = Array.from(x.values.keys()).filter((i) => (i + 1) % length > 0);
  expect(within.map((i) => y.values[i])).toEqual(within.map((i) => x.values[i + 1]));
});
