// Loops on a device: every way to walk rows gives what the definition gives, whatever the sizes.

import {
  constant, hostArray, index, input, KernelCheckError, position, program, scalar, select, stage, toFloat16Bits,
  type Backend, type DType, type Launch, type LoopProgram, type Operand, type OperandType, type TypedArray, type View,
} from '@rushlight/core/kernel'; // prettier-ignore
import { reference } from '@rushlight/core/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loopRunner } from './loop/loop-runner.ts';
import { shapes, type Schedule } from './loop/schedule.ts';
import { whyNoDriver } from './testing/driver.ts';
import { lanesOf, openAs } from './indexed/against-reference.ts';
import type { WebGpuBackend } from './webgpu.ts';

interface Drawn extends View {
  readonly data: TypedArray;
  readonly dtype: DType;
}

interface Case extends Omit<Launch<LoopProgram>, 'operands'> {
  readonly operands: readonly Drawn[];
}

/** Between them they have every shape, with chunks and without. */
const ways = {
  dense: [{ shape: shapes.few, chunks: 1 }, { shape: shapes.half, chunks: 1 }, { shape: shapes.all, chunks: 3 }],
  across: [{ shape: shapes.thread, chunks: 1 }, { shape: shapes.strip, chunks: 1 }, { shape: shapes.strip, chunks: 2 }],
  whole: [{ shape: shapes.thread, chunks: 1 }, { shape: shapes.few, chunks: 1 }, { shape: shapes.half, chunks: 3 }],
} as const satisfies Record<string, readonly Schedule[]>; // prettier-ignore

/** Small numbers, some of them equal. */
function numbers(dtype: DType, length: number, seed = 1): TypedArray {
  const data = hostArray(dtype, length);
  for (let k = 0; k < length; k++) {
    const n = ((k + seed) * 7919) % 23;
    data[k] =
      dtype === 'bool' ? n % 2 : dtype === 'float32' ? (n - 11) / 4 : dtype === 'float16' ? toFloat16Bits(n - 11) : n;
  }
  return data;
}

const type = (dtype: DType, strides: string, guards: readonly string[] = []): OperandType => ({
  dtype,
  strides,
  guards,
});

/** Where two outcomes differ, in words; nothing where they do not. */
function firstDifference(actual: unknown, expected: unknown): string {
  if (!Array.isArray(actual) || !Array.isArray(expected)) {
    return JSON.stringify(actual) === JSON.stringify(expected) ? '' : `${JSON.stringify(actual)?.slice(0, 300)} is not ${JSON.stringify(expected)?.slice(0, 300)}`; // prettier-ignore
  }
  for (const [k, data] of (expected as number[][]).entries()) {
    const found = (actual as number[][])[k] ?? [];
    const at = data.findIndex((value, n) => found[n] !== value && !(Number.isNaN(value) && Number.isNaN(found[n])));
    if (at >= 0) return `element ${at} of buffer ${k} is ${found[at]}, not ${data[at]}`;
  }
  return '';
}

/** What the launch leaves in its operands, or the check that failed. */
async function outcome(backend: Backend, drawn: Case, run: (launch: Launch<LoopProgram>) => void): Promise<unknown> {
  const buffers = new Map(drawn.operands.map(({ data, dtype }) => [data, backend.allocate(dtype, data.length)]));
  for (const [data, buffer] of buffers) backend.write(buffer, data);
  const operands = drawn.operands.map(
    ({ data, ...view }) => ({ ...view, buffer: buffers.get(data) }) as unknown as Operand,
  );
  try {
    run({ ...drawn, operands });
    const contents: number[][] = [];
    for (const buffer of buffers.values()) contents.push(Array.from(await backend.read(buffer, 0, buffer.length)));
    return contents;
  } catch (error) {
    if (!(error instanceof KernelCheckError)) throw error;
    return { check: error.check, value: error.value, position: error.position };
  } finally {
    for (const buffer of buffers.values()) backend.free(buffer);
  }
}

/** Three stages, each of which needs the ones before, over two dims of columns; outputs of rows and elements. */
const chained = (strides: string): LoopProgram => {
  const x = input(0, 'float32');
  const [most, total] = [stage(0, 'float32'), stage(1, 'float32')];
  return program<LoopProgram>({
    kind: 'loop', rowRank: 1, columnRank: 2,
    inputs: [type('float32', strides), type('int32', 's00')],
    scalars: ['float32'],
    stages: [
      { reduce: 'max', expr: x },
      { reduce: 'sum', expr: x.sub(most).mul(scalar(0, 'float32')) },
      { reduce: 'argmin', expr: select(index('column').eq(3), total, x.mul(x)) },
    ],
    outputs: [
      { ...type('float32', 's00'), per: 'row', expr: total.add(position(2).cast('float32')) },
      { ...type('float32', 'ss1'), per: 'element', expr: x.sub(most).add(input(1, 'int32').cast('float32')) },
      { ...type('int32', 's00'), per: 'row', inout: 1, expr: input(1, 'int32').add(index('row')) },
    ],
    checks: [],
  }); // prettier-ignore
};

/** Reductions of whole numbers and of truth, with a padded input. */
const whole = program<LoopProgram>({
  kind: 'loop', rowRank: 1, columnRank: 1,
  inputs: [type('int32', 's1'), type('uint8', 's1'), type('bool', '1s'), type('float32', 's0', ['0s'])],
  scalars: [],
  stages: [
    { reduce: 'prod', expr: input(0, 'int32').add(3) },
    { reduce: 'sum', expr: input(1, 'uint8') },
    { reduce: 'min', expr: input(2, 'bool') },
    { reduce: 'argmax', expr: input(3, 'float32') },
    { reduce: 'argmax', expr: input(2, 'bool') },
    { reduce: 'sum', expr: input(2, 'bool') },
  ],
  outputs: [
    { ...type('int32', '10'), per: 'row', expr: stage(0, 'int32') },
    { ...type('uint8', '10'), per: 'row', expr: stage(1, 'uint8') },
    { ...type('bool', '10'), per: 'row', expr: stage(2, 'bool').xor(stage(5, 'bool')) },
    { ...type('int32', '10'), per: 'row', expr: position(3).mul(1000).add(position(4)) },
    { ...type('float32', '10'), per: 'row', expr: stage(3, 'float32') },
  ],
  checks: [],
}); // prettier-ignore

/** Checks of rows and of elements. */
const checked = program<LoopProgram>({
  kind: 'loop', rowRank: 1, columnRank: 1,
  inputs: [type('float32', 's1')],
  scalars: ['float32', 'float32'],
  stages: [{ reduce: 'sum', expr: input(0, 'float32') }],
  outputs: [{ ...type('float32', '10'), per: 'row', expr: stage(0, 'float32') }],
  checks: [
    { per: 'element', fails: input(0, 'float32').ge(scalar(0, 'float32')), value: input(0, 'float32') },
    { per: 'row', fails: stage(0, 'float32').gt(scalar(1, 'float32')), value: stage(0, 'float32') },
  ],
}); // prettier-ignore

describe.skipIf(whyNoDriver() !== undefined).each(['shared memory', 'subgroups'])('loops on a device, by %s', (by) => {
  let device: WebGpuBackend;
  let definition: Backend;
  beforeAll(async () => {
    device = await openAs({}, { budget: 2 ** 27 });
    const lanes = by === 'subgroups' ? await lanesOf(device) : 1;
    Object.assign(device.machine, { features: { ...device.machine.features, subgroupLanes: lanes } });
    definition = await reference().create();
  });
  afterAll(() => [device, definition].forEach((backend) => backend.dispose()));

  /** Where the device differs from the definition, each way. */
  async function differences(drawn: Case, how: readonly (Schedule | undefined)[] = [undefined]): Promise<string[]> {
    const expected = await outcome(definition, drawn, (launch) => definition.run(launch));
    const columns = drawn.sizes.slice(1).reduce((x, y) => x * y, 1);
    const found: string[] = [];
    for (const schedule of how) {
      if (schedule && schedule.chunks > Math.max(1, columns)) continue;
      const actual = await outcome(device, drawn, (launch) => runAs(launch, schedule));
      const difference = firstDifference(actual, expected);
      if (difference)
        found.push(`${schedule?.shape.team} ${schedule?.shape.along}, ${schedule?.chunks} chunks: ${difference}`);
    }
    return found;
  }

  /** Runs a launch as the schedule says. */
  const runners = (): WeakMap<LoopProgram, unknown> =>
    (device as unknown as { runners: WeakMap<LoopProgram, unknown> }).runners;
  function runAs(launch: Launch<LoopProgram>, schedule: Schedule | undefined): void {
    if (schedule)
      runners().set(
        launch.program,
        loopRunner(launch.program, device.machine, () => schedule),
      );
    try {
      device.run(launch);
    } finally {
      if (schedule) runners().delete(launch.program);
    }
  }

  for (const [rows, outer, inner] of [
    [1, 3, 7],
    [70, 2, 1],
    [3, 41, 9],
    [5, 0, 4],
  ] as const) {
    it(`walks ${rows} rows of ${outer} × ${inner} columns every way`, async () => {
      const [width, size] = [outer * inner, rows * outer * inner];
      const x = numbers('float32', Math.max(size, 1));
      if (size > 200) x.set([NaN, Infinity], 100);
      const rowsOut = { data: numbers('float32', rows * 2), dtype: 'float32', offset: 0, strides: [2, 0, 0] } as const;
      const elements = {
        data: numbers('float32', size + 3),
        dtype: 'float32',
        offset: 2,
        strides: [width, inner, 1],
      } as const;
      const updated = { data: numbers('int32', rows), dtype: 'int32', offset: 0, strides: [1, 0, 0] } as const;
      const dense = { data: x, dtype: 'float32', offset: 0, strides: [width, inner, 1] } as const;
      const across = { data: x, dtype: 'float32', offset: 0, strides: [1, inner * rows, rows] } as const;
      for (const [program, first, schedules] of [
        [chained('ss1'), dense, ways.dense],
        [chained('sss'), across, ways.across],
      ] as const) {
        expect(await differences({ program, sizes: [rows, outer, inner], scalars: [0.5], operands: [first, updated, rowsOut, elements, updated] }, schedules)).toEqual([]); // prettier-ignore
      }
    });
  }

  it.each([
    [1, 400],
    [9, 33],
    [2, 0],
  ])('reduces whole numbers and truth, %i rows of %i', async (rows, columns) => {
    const size = Math.max(1, rows * columns);
    const dense = (dtype: DType): Drawn => ({ data: numbers(dtype, size), dtype, offset: 0, strides: [columns, 1] });
    const guards = [{ coefficients: [0, 1], start: -2, step: 1, size: Math.max(0, columns - 4), stride: 1 }];
    const out = (dtype: DType): Drawn => ({ data: numbers(dtype, rows), dtype, offset: 0, strides: [1, 0] });
    const operands = [
      dense('int32'),
      dense('uint8'),
      { ...dense('bool'), strides: [1, rows] },
      { ...dense('float32'), strides: [columns, 0], guards, fill: 1.5 },
      ...(['int32', 'uint8', 'bool', 'int32', 'float32'] as const).map(out),
    ];
    expect(await differences({ program: whole, sizes: [rows, columns], scalars: [], operands }, ways.whole)).toEqual(
      [],
    );
  });

  it('finds the first failure among those of rows and elements', async () => {
    const data = numbers('float32', 6 * 100).fill(0);
    data.set([5, 6], 250);
    const operands: Drawn[] = [
      { data, dtype: 'float32', offset: 0, strides: [100, 1] },
      { data: numbers('float32', 6), dtype: 'float32', offset: 0, strides: [1, 0] },
    ];
    const row = { program: checked, sizes: [6, 100], scalars: [5, 10], operands };
    const element = { ...row, scalars: [6, 11] };
    expect(await outcome(definition, row, (launch) => definition.run(launch))).toEqual({
      check: 1,
      value: 11,
      position: 2,
    });
    expect(await differences(row, ways.whole)).toEqual([]);
    expect(await differences(element, ways.whole)).toEqual([]);
    expect(await differences({ ...row, scalars: [7, 12] }, ways.whole)).toEqual([]);
  });

  it('does not count wrong where a number is broadcast too far', () => {
    const sum = program<LoopProgram>({
      kind: 'loop', rowRank: 0, columnRank: 2, inputs: [type('int32', '00')], scalars: [],
      stages: [{ reduce: 'sum', expr: input(0, 'int32') }],
      outputs: [{ ...type('int32', '00'), per: 'row', expr: stage(0, 'int32') }], checks: [],
    }); // prettier-ignore
    const buffers = [device.allocate('int32', 1), device.allocate('int32', 1)];
    const operands = buffers.map((buffer) => ({ buffer, offset: 0, strides: [0, 0] }));
    expect(() => device.run({ program: sum, sizes: [70_000, 70_000], scalars: [], operands })).toThrow(
      'webgpu: a launch has 1 rows of 4900000000 columns, of which 2147483648 can be counted. Use smaller tensors.',
    );
    for (const buffer of buffers) device.free(buffer);
  });

  it('adds a million numbers more exactly than one after another', async () => {
    const length = 1_000_003;
    const sum = program<LoopProgram>({
      kind: 'loop', rowRank: 0, columnRank: 1, inputs: [type('float32', '1')], scalars: [],
      stages: [{ reduce: 'sum', expr: input(0, 'float32') }],
      outputs: [{ ...type('float32', '0'), per: 'row', expr: stage(0, 'float32') }], checks: [],
    }); // prettier-ignore
    const [x, y] = [device.allocate('float32', length), device.allocate('float32', 1)];
    const data = new Float32Array(length).map((_, k) => 0.1 + (k % 7) * 1e-3);
    device.write(x, data);
    const operands = [{ buffer: x, offset: 0, strides: [1] }, { buffer: y, offset: 0, strides: [0] }]; // prettier-ignore
    const expected = data.reduce((total, value) => total + value, 0);
    const launch = { program: sum, sizes: [length], scalars: [], operands };
    const found: (number | undefined)[] = [];
    for (const schedule of [undefined, { shape: shapes.thread, chunks: 1 }, { shape: shapes.all, chunks: 64 }]) {
      runAs(launch, schedule);
      found.push((await device.read(y, 0, 1))[0]);
    }
    for (const value of found) expect(Math.abs((value ?? NaN) / expected - 1)).toBeLessThan(1e-6);
    for (const buffer of [x, y]) device.free(buffer);
  });

  it.each(['float32', 'float16', 'int32', 'uint8', 'bool'] as const)(
    'takes four elements of %s at a time',
    async (dtype) => {
      if (!device.limits.dtypes.includes(dtype)) return;
      const x = input(0, dtype);
      const floats = dtype === 'bool' ? x : x.add(input(1, dtype));
      const vectors = program<LoopProgram>({
      kind: 'loop', rowRank: 2, columnRank: 0,
      inputs: [type(dtype, 's1'), type(dtype, 's0')], scalars: [], stages: [],
      outputs: [
        { ...type(dtype, 's1'), per: 'row', expr: floats, inout: 0 },
        { ...type('int32', 's1'), per: 'row', expr: index('row').add(input(1, dtype).cast('int32')) },
      ],
      checks: [],
    }); // prettier-ignore
      for (const width of [8, 6, 1028]) {
        const data = { data: numbers(dtype, 3 * width + 8), dtype, offset: 4, strides: [width, 1] };
        const row = { data: numbers(dtype, 6), dtype, offset: 1, strides: [2, 0] };
        const out: Drawn = { data: numbers('int32', 3 * width + 16), dtype: 'int32', offset: 8, strides: [width, 1] };
        expect(
          await differences({ program: vectors, sizes: [3, width], scalars: [], operands: [data, row, data, out] }),
        ).toEqual([]);
      }
    },
  );

  it('binds a buffer once where more operands than bindings are in it', async () => {
    const count = device.machine.features.storageBuffers + 3;
    const terms = Array.from({ length: count }, (_, k) => input(k, 'float32'));
    const sum = terms.reduce((x, y) => x.add(y));
    const many = program<LoopProgram>({
      kind: 'loop', rowRank: 1, columnRank: 1, inputs: terms.map(() => type('float32', 's1')), scalars: [],
      stages: [{ reduce: 'max', expr: sum }],
      outputs: [{ ...type('float32', '10'), per: 'row', expr: stage(0, 'float32') }, { ...type('float32', 's1'), per: 'element', expr: sum }],
      checks: [],
    }); // prettier-ignore
    const shared = numbers('float32', 4 * 40 + count);
    const operands: Drawn[] = [
      ...terms.map((_, k): Drawn => ({ data: shared, dtype: 'float32', offset: k, strides: [40, 1] })),
      { data: numbers('float32', 4), dtype: 'float32', offset: 0, strides: [1, 0] },
      { data: numbers('float32', 160), dtype: 'float32', offset: 0, strides: [40, 1] },
    ];
    expect(await differences({ program: many, sizes: [4, 40], scalars: [], operands })).toEqual([]);
  });

  it('compiles a few kernels for sequences of every length', async () => {
    const x = input(0, 'float32');
    const softened = program<LoopProgram>({
      kind: 'loop', rowRank: 1, columnRank: 1, inputs: [type('float32', 's1')], scalars: [],
      stages: [{ reduce: 'max', expr: x.mul(constant(0.5, 'float32')) }],
      outputs: [{ ...type('float32', 's1'), per: 'element', expr: x.sub(stage(0, 'float32')) }], checks: [],
    }); // prettier-ignore
    const spy = vi.spyOn(device.queue.device, 'createShaderModule');
    const buffer = device.allocate('float32', 4 * 512);
    const out = device.allocate('float32', 4 * 512);
    for (let n = 1; n <= 512; n++) {
      device.run({ program: softened, sizes: [4, n], scalars: [], operands: [buffer, out].map((b) => ({ buffer: b, offset: 0, strides: [n, 1] })) }); // prettier-ignore
    }
    await device.finish();
    expect(spy.mock.calls.length).toBeLessThanOrEqual(4);
    spy.mockRestore();
    for (const b of [buffer, out]) device.free(b);
  });
});
