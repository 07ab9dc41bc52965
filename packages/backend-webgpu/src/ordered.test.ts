// Scans and sorts on a device, past what the conformance suite draws: long rows, many of them, every way to cut them.

import { operand } from '@rushlight/backend-testkit/tools';
import { program, type DType, type ScanProgram, type SortProgram } from '@rushlight/core/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench, outcomeOf, type SharedLaunch } from './indexed/against-reference.ts';
import { driverInUse, whyNoDriver } from './testing/driver.ts';

function sort(dtype: DType, sizes: readonly number[], value: (k: number) => number, descending = false): SharedLaunch {
  const operands = [operand(dtype, sizes, value), operand(dtype, sizes, () => 0), operand('int32', sizes, () => 0)];
  const [input, values, positions] = operands.map(({ type }) => type);
  if (!input || !values || !positions) throw new RangeError('a sort has three operands');
  const made = program<SortProgram>({
    kind: 'sort',
    rank: sizes.length,
    descending,
    input,
    outputs: [values, positions],
  });
  return { program: made, sizes, scalars: [], operands };
}

function scan(
  reduce: ScanProgram['reduce'],
  dtype: DType,
  sizes: readonly number[],
  value: (k: number) => number,
  { strides }: { readonly strides?: readonly number[] } = {},
): SharedLaunch {
  const walk = strides ? { strides } : {};
  const withPositions = reduce === 'max' || reduce === 'min';
  const outputs = [operand(dtype, sizes, () => 0, walk), ...(withPositions ? [operand('int32', sizes, () => 0)] : [])];
  const operands = [operand(dtype, sizes, value, walk), ...outputs];
  const [input, ...types] = operands.map(({ type }) => type);
  if (!input) throw new RangeError('a scan has an input');
  const made = program<ScanProgram>({ kind: 'scan', rank: sizes.length, reduce, input, outputs: types });
  return { program: made, sizes, scalars: [], operands };
}

/** Many equal ones, NaN, infinities and both zeros. */
const awkward = (k: number): number => {
  const n = (k * 7919) % 1013;
  if (n < 60) return [NaN, -0, 0, Infinity, -Infinity, 0][n % 6] ?? 0;
  return (n % 97) - 48.5;
};
const whole = (k: number): number => (k * 7919 * 524287) | 0;

describe.skipIf(whyNoDriver() !== undefined).each([
  { name: `of a GPU`, features: { software: false } },
  { name: `of ${driverInUse()?.adapter}`, features: {} },
])('by the schedules $name', ({ features }) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open(features);
  });
  afterAll(() => bench.close());

  test('rows of every length are sorted, equal ones in their order', async () => {
    for (const length of [1, 2, 33, 257, 1024, 2100])
      expect(await bench.differences(sort('float32', [2, length], awkward)), `${length}`).toEqual([]);
    expect(await bench.differences(sort('float32', [500, 3], awkward))).toEqual([]);
  });

  test('and the other way round, and of other dtypes', async () => {
    expect(await bench.differences(sort('float32', [2, 100], awkward, true))).toEqual([]);
    expect(await bench.differences(sort('int32', [1, 1100], whole))).toEqual([]);
    expect(await bench.differences(sort('uint8', [2, 5000], (k) => (k * 7) % 256, true))).toEqual([]);
    expect(await bench.differences(sort('bool', [2, 9000], (k) => (k * 7919) % 2))).toEqual([]);
  });

  test('halves are sorted where there are any', async () => {
    if (!bench.device.limits.dtypes.includes('float16')) return;
    expect(await bench.differences(sort('float16', [2, 100], awkward))).toEqual([]);
    expect(await bench.differences(sort('float16', [1, 2000], awkward, true))).toEqual([]);
  });

  test('running totals of rows of every length', async () => {
    for (const length of [1, 33, 513, 1025, 9000])
      expect(await bench.differences(scan('sum', 'int32', [2, length], whole)), `${length}`).toEqual([]);
    expect(await bench.differences(scan('sum', 'int32', [40, 70], whole))).toEqual([]);
    expect(await bench.differences(scan('prod', 'uint8', [2, 3000], (k) => 1 + 2 * (k % 3)))).toEqual([]);
    expect(await bench.differences(scan('sum', 'float32', [3, 700], (k) => k % 5, { strides: [1, 3] }))).toEqual([]);
  });

  test('running extremes and the last position of each', async () => {
    for (const length of [7, 9000]) {
      const rising = (k: number): number => (k % 3 ? Math.floor(k / 700) : k === length + 40 ? NaN : -Infinity);
      expect(await bench.differences(scan('max', 'float32', [2, length], rising)), `${length}`).toEqual([]);
      expect(
        await bench.differences(scan('min', 'bool', [2, length], (k) => Number(k % 1000 < 900))),
        `${length}`,
      ).toEqual([]);
    }
  });

  test('long sums of floats are as exact as float32 allows', async () => {
    const length = 20_000;
    const drawn = scan('sum', 'float32', [1, length], (k) => Math.fround(((k * 7919) % 1000) / 999));
    const [values = [], sums = []] = (await outcomeOf(bench.device, drawn)) as readonly (readonly number[])[];
    let sum = 0;
    const errors = values.map((value, k) => Math.abs((sums[k] ?? NaN) / (sum += value) - 1));
    expect(Math.max(...errors.slice(1))).toBeLessThan(1e-6);
  });

  test('rows of every length take a few programs', async () => {
    const run = async (from: number, to: number, step: number): Promise<void> => {
      for (let length = from; length < to; length += step) {
        await outcomeOf(bench.device, sort('float32', [2, length], awkward));
        await outcomeOf(bench.device, scan('sum', 'float32', [2, length], awkward));
      }
    };
    const ends = await bench.kernels(async () => {
      await run(2, 3, 1);
      await run(511, 512, 1);
    });
    expect([...(await bench.kernels(() => run(3, 511, 37)))].filter((code) => !ends.has(code))).toEqual([]);
  });
});
