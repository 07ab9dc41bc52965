// Gather and scatter on a device, past what the conformance suite draws: many rows, many that meet, parts, shared buffers.

import { operand, type DrawnOperand } from '@rushlight/backend-testkit/tools';
import { program, type DType, type GatherProgram, type IndexedDim, type OperandType, type ScatterProgram } from '@rushlight/core/kernel'; // prettier-ignore
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench, outcomeOf, type SharedLaunch } from './indexed/against-reference.ts';
import { inParts, planScatter } from './indexed/scatter-plan.ts';
import { driverInUse, whyNoDriver } from './testing/driver.ts';

type Reduce = ScatterProgram['reduce'];

function indexed(
  kind: 'gather' | Reduce,
  sizes: readonly number[],
  operands: readonly DrawnOperand[],
  dims: readonly IndexedDim[],
): SharedLaunch {
  const types = operands.map(({ type }) => type);
  const common = {
    rank: sizes.length,
    wrap: true,
    inputs: types.slice(0, -1) as [OperandType, ...OperandType[]],
    output: types.at(-1) as OperandType,
  };
  const made =
    kind === 'gather'
      ? program<GatherProgram>({ kind, ...common })
      : program<ScatterProgram>({ kind: 'scatter', reduce: kind, ...common });
  return { program: made, sizes, scalars: [], indexed: dims, operands };
}

const small =
  (dtype: DType) =>
  (k: number): number => {
    const value = ((k * 7) % 9) - 4;
    return dtype === 'bool' ? k % 2 : dtype === 'uint8' ? value & 255 : value;
  };

interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly table: number;
  readonly dtype?: DType;
  readonly value?: (k: number) => number;
  readonly index?: (k: number) => number;
}

/** Rows that go to rows of a table, which lie apart by one element more than they need. */
function rowsOf(
  reduce: Reduce,
  { rows, columns, table, dtype = 'float32', value = small(dtype), index }: Rows,
): SharedLaunch {
  const stride = columns + 1;
  const sizes = [rows, columns];
  return indexed(reduce, sizes, [
    operand(dtype, sizes, value),
    operand('int32', sizes, index ?? ((k) => ((k * 7919) % (2 * table)) - table), { strides: [1, 0] }),
    operand(dtype, sizes, small(dtype), { strides: [0, 1], offset: 2, length: 2 + table * stride }),
  ], [{ size: table, stride }]); // prettier-ignore
}

describe('a scatter', () => {
  const launchOf = (drawn: SharedLaunch) =>
    ({ ...drawn, operands: drawn.operands.map((view) => ({ ...view, buffer: { dtype: view.type.dtype, length: view.data.length } })) }) as Parameters<typeof planScatter>[0]; // prettier-ignore

  test('numbers the rows of a table, whose columns no index moves', () => {
    const { isColumn, rows, columns, low, unit, slots, isApart } = planScatter(
      launchOf(rowsOf('add', { rows: 9, columns: 6, table: 5 })),
    );
    expect({ isColumn, rows, columns, low, unit, slots, isApart }).toEqual({ isColumn: [false, true], rows: 9, columns: 6, low: 2, unit: 7, slots: 5, isApart: false }); // prettier-ignore
  });

  test('has no columns where windows overlap', () => {
    const sizes = [4, 3];
    const drawn = indexed(
      'add',
      sizes,
      [operand('float32', sizes, small('float32')), operand('float32', sizes, () => 0, { strides: [2, 1] })],
      [],
    );
    const { isColumn, rows, slots } = planScatter(launchOf(drawn));
    expect({ isColumn, rows, slots }).toEqual({ isColumn: [false, false], rows: 12, slots: 9 });
  });

  test('is cut in parts that keep the order of positions', () => {
    const parts = [...inParts(launchOf(rowsOf('add', { rows: 7, columns: 4, table: 5 })), 8)];
    expect(parts.map(({ first, launch }) => [first, ...launch.sizes])).toEqual([[0, 1, 4], [4, 2, 4], [12, 2, 4], [20, 2, 4]]); // prettier-ignore
    expect(parts.map(({ launch }) => launch.operands[1]?.offset)).toEqual([0, 1, 3, 5]);
  });
});

describe.skipIf(whyNoDriver() !== undefined).each([
  { name: `of a GPU`, features: { software: false } },
  { name: `of ${driverInUse()?.adapter}`, features: {} },
])('by the schedules $name', ({ features }) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open(features);
  });
  afterAll(() => bench.close());

  test('many rows are combined, also where most of them meet', async () => {
    // Past what is sorted by ranks, and several levels of segments.
    const half = (k: number): number => (k % 3 === 0 ? k % 5 : 2);
    for (const rows of [40, 2600])
      expect(await bench.differences(rowsOf('add', { rows, columns: 3, table: 5, index: half }))).toEqual([]);
    expect(await bench.differences(rowsOf('add', { rows: 1300, columns: 3, table: 1000 }))).toEqual([]);
    const signs = (k: number): number => [1, -1, 1, NaN, 0.5, 2][k % (k < 900 ? 3 : 6)] ?? 1;
    expect(await bench.differences(rowsOf('max', { rows: 1500, columns: 2, table: 4, value: signs }))).toEqual([]);
    expect(
      await bench.differences(rowsOf('mul', { rows: 1500, columns: 2, table: 4, value: (k) => (k % 7 ? 1 : -1) })),
    ).toEqual([]);
    expect(
      await bench.differences(
        rowsOf('mul', { rows: 1500, columns: 1, table: 9, dtype: 'uint8', value: (k) => 1 + (k % 3) }),
      ),
    ).toEqual([]);
  });

  test('the last of many rows is kept', async () => {
    expect(await bench.differences(rowsOf('set', { rows: 3000, columns: 3, table: 50, value: (k) => k / 4 }))).toEqual(
      [],
    );
    expect(await bench.differences(rowsOf('set', { rows: 3000, columns: 1, table: 7, dtype: 'bool' }))).toEqual([]);
  });

  test('integers are combined where they are', async () => {
    const large = (k: number): number => (k * 2 ** 20 + 7) | 0;
    expect(
      await bench.differences(rowsOf('add', { rows: 3000, columns: 1, table: 7, dtype: 'int32', value: large })),
    ).toEqual([]);
    expect(
      await bench.differences(rowsOf('min', { rows: 700, columns: 2, table: 7, dtype: 'int32', value: large })),
    ).toEqual([]);
    expect(
      await bench.differences(
        rowsOf('max', { rows: 700, columns: 2, table: 70, dtype: 'bool', value: (k) => Number(k % 50 === 0) }),
      ),
    ).toEqual([]);
  });

  test('sums are the same in every run', async () => {
    const drawn = rowsOf('add', { rows: 2000, columns: 2, table: 3, value: (k) => Math.sin(k) * 10 ** (k % 5) });
    const first = await outcomeOf(bench.device, drawn);
    for (let run = 0; run < 2; run++) expect(await outcomeOf(bench.device, drawn)).toEqual(first);
  });

  test('the first index that is out of range is reported, and the next launch runs', async () => {
    for (const [reduce, rows] of [
      ['add', 2000],
      ['add', 30],
      ['set', 2000],
      ['set', 30],
    ] as const) {
      const bad = (k: number): number => (k === rows - 2 ? -6 : k === rows - 9 ? 5 : k % 5);
      const drawn = rowsOf(reduce, { rows, columns: 3, table: 5, index: bad });
      expect(await outcomeOf(bench.device, drawn)).toEqual({ check: 0, value: 5, position: (rows - 9) * 3 });
      expect(await bench.differences(rowsOf(reduce, { rows, columns: 3, table: 5 }))).toEqual([]);
    }
  });

  test('rows of a table are copied, in vectors or not', async () => {
    const gathered = (columns: number, offset: number, dtype: DType): SharedLaunch => {
      const sizes = [50, columns];
      return indexed('gather', sizes, [
        operand(dtype, sizes, (k) => k % 200, { strides: [0, 1], offset, length: offset + 11 * (columns + 4) }),
        operand('int32', sizes, (k) => ((k * 31) % 22) - 11, { strides: [1, 0] }),
        operand(dtype, sizes, () => 1),
      ], [{ size: 11, stride: columns + 4 }]); // prettier-ignore
    };
    for (const columns of [1, 4, 7, 64]) {
      expect(await bench.differences(gathered(columns, 0, 'float32'))).toEqual([]);
      expect(await bench.differences(gathered(columns, 4, 'uint8'))).toEqual([]);
      expect(await bench.differences(gathered(columns, 3, 'uint8'))).toEqual([]);
    }
  });

  test('launches of every length take a few programs', async () => {
    const run = async (from: number, to: number, step: number): Promise<void> => {
      for (let rows = from; rows < to; rows += step) {
        await outcomeOf(bench.device, rowsOf('add', { rows, columns: 2, table: rows + 3 }));
        await outcomeOf(bench.device, rowsOf('set', { rows, columns: 2, table: rows + 3 }));
      }
    };
    const ends = await bench.kernels(async () => {
      await run(2, 3, 1);
      await run(511, 512, 1);
    });
    expect([...(await bench.kernels(() => run(3, 511, 47)))].filter((code) => !ends.has(code))).toEqual([]);
  });
});

describe.skipIf(whyNoDriver() !== undefined)('where the device gives little', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open({ bindingBytes: 4 * 64, storageBuffers: 4 });
  });
  afterAll(() => bench.close());

  test('a scatter is done in parts', async () => {
    expect(await bench.differences(rowsOf('add', { rows: 100, columns: 3, table: 5 }))).toEqual([]);
    expect(await bench.differences(rowsOf('set', { rows: 100, columns: 3, table: 5, value: (k) => k }))).toEqual([]);
    const bad = rowsOf('add', { rows: 100, columns: 3, table: 5, index: (k) => (k > 90 ? 7 : 0) });
    expect(await outcomeOf(bench.device, bad)).toEqual({ check: 0, value: 7, position: 273 });
  });

  test('indices that share a buffer are bound once', async () => {
    const sizes = [6];
    const index = operand('int32', sizes, (k) => (k * 5) % 3);
    const dims = [9, 3, 1].map((stride) => ({ size: 3, stride }));
    const reversed = { ...index, strides: [-1], offset: 5, type: { ...index.type, strides: 's' } };
    const table = operand('float32', sizes, (k) => k, { strides: [0], length: 27 });
    const result = operand('float32', sizes, () => 0);
    const sharing = [0, 1, 1, 1, 4];
    expect(
      await bench.differences({ ...indexed('gather', sizes, [table, index, reversed, index, result], dims), sharing }),
    ).toEqual([]);
    expect(
      await bench.differences({ ...indexed('add', sizes, [result, index, reversed, index, table], dims), sharing }),
    ).toEqual([]);
  });
});
