import { operand, type DrawnOperand } from '@rushlight/backend-testkit/tools';
import { dtypes, program, type DType, type GatherProgram, type IndexedDim, type OperandType, type ScatterProgram } from '@rushlight/core/kernel'; // prettier-ignore
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differences } from './against-reference.ts';

/** Small numbers, whose sums are exact in every order, as memory holds them. */
const small = (dtype: DType) => (k: number) => {
  const value = ((k * 7) % 13) - 6;
  return dtype === 'bool' ? k % 2 : dtype === 'uint8' ? value & 15 : value;
};

interface Options {
  readonly wrap?: boolean;
  readonly indexed: readonly IndexedDim[];
}

function gather(
  sizes: readonly number[],
  source: DrawnOperand,
  indices: readonly DrawnOperand[],
  out: DrawnOperand,
  { wrap = false, indexed }: Options,
): object[] {
  // prettier-ignore
  const inputs = [source, ...indices].map(({ type }) => type) as [OperandType, ...OperandType[]];
  const made = program<GatherProgram>({ kind: 'gather', rank: sizes.length, wrap, inputs, output: out.type });
  return differences({ program: made, sizes, scalars: [], indexed, operands: [source, ...indices, out] });
}

function scatter(
  reduce: ScatterProgram['reduce'],
  sizes: readonly number[],
  source: DrawnOperand,
  indices: readonly DrawnOperand[],
  out: DrawnOperand,
  { wrap = false, indexed }: Options,
): object[] {
  // prettier-ignore
  const inputs = [source, ...indices].map(({ type }) => type) as [OperandType, ...OperandType[]];
  const made = program<ScatterProgram>({ kind: 'scatter', reduce, rank: sizes.length, wrap, inputs, output: out.type });
  return differences({ program: made, sizes, scalars: [], indexed, operands: [source, ...indices, out] });
}

const reductions = ['set', 'add', 'mul', 'max', 'min'] as const;
const size = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 33, 63, 64, 65, 130);
const dtype = fc.constantFrom(...dtypes);

describe('rows of a table', () => {
  const options = fc.record({
    dtype,
    rows: size,
    columns: size,
    table: fc.integer({ min: 1, max: 9 }),
    pad: fc.integer({ min: 0, max: 3 }),
    wrap: fc.boolean(),
    bad: fc.option(fc.nat(200), { freq: 8 }),
    seed: fc.nat(1000),
  });
  type Drawn = typeof options extends fc.Arbitrary<infer T> ? T : never;

  function index({ rows, columns, table, wrap, bad, seed }: Drawn): DrawnOperand {
    const low = wrap ? -table : 0;
    const value = (k: number): number => (k === bad ? table : low + ((k * 31 + seed) % (table - low)));
    return operand('int32', [rows, columns], value, { strides: [1, 0] });
  }

  test('are copied, whatever their length and wherever they begin', () => {
    fc.assert(
      fc.property(options, (drawn) => {
        const { dtype, rows, columns, table, pad, wrap } = drawn;
        const sizes = [rows, columns];
        const stride = columns + pad;
        const source = operand(dtype, sizes, small(dtype), { strides: [0, 1], offset: pad, length: pad + table * stride + 1 }); // prettier-ignore
        const out = operand(dtype, sizes, small(dtype), { strides: [stride, 1], offset: pad });
        expect(gather(sizes, source, [index(drawn)], out, { wrap, indexed: [{ size: table, stride }] })).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('are combined with what they meet, in order', () => {
    fc.assert(
      fc.property(options, fc.constantFrom(...reductions), fc.constantFrom(1, 0, -1), (drawn, reduce, step) => {
        const { dtype, rows, columns, table, pad, wrap } = drawn;
        const sizes = [rows, columns];
        const stride = columns + pad;
        const fill = reduce === 'mul' ? (k: number) => small(dtype)(k % 2) : small(dtype);
        const source = operand(dtype, sizes, fill, { strides: [step * stride, step] });
        const out = operand(dtype, sizes, small(dtype), { strides: [0, 1], offset: pad, length: pad + table * stride + 1 }); // prettier-ignore
        expect(
          scatter(reduce, sizes, source, [index(drawn)], out, { wrap, indexed: [{ size: table, stride }] }),
        ).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('work for several threads', () => {
  const pick = (n: number) => (k: number) => (k * 7919 + (k >> 3)) % n;

  test.each(dtypes)('elements, batches of rows and columns of %s', (dtype) => {
    const fill = small(dtype);
    const flat = operand(dtype, [40_000], fill);
    expect(gather([40_000], operand(dtype, [40_000], fill, { strides: [0], length: 100 }), [operand('int32', [40_000], pick(100))], flat, { indexed: [{ size: 100, stride: 1 }] })).toEqual([]); // prettier-ignore
    const sizes = [3, 200, 70];
    const index = operand('int32', sizes, pick(50), { strides: [200, 1, 0] });
    const table = operand(dtype, sizes, fill, { strides: [50 * 70, 0, 1], length: 3 * 50 * 70 });
    expect(gather(sizes, table, [index], operand(dtype, sizes, fill), { indexed: [{ size: 50, stride: 70 }] })).toEqual(
      [],
    );
    expect(
      scatter('max', sizes, operand(dtype, sizes, fill), [index], table, { indexed: [{ size: 50, stride: 70 }] }),
    ).toEqual([]);
    expect(
      scatter('set', sizes, operand(dtype, sizes, fill), [index], table, { indexed: [{ size: 50, stride: 70 }] }),
    ).toEqual([]);
  });

  test('sums that meet along the only dim, along rows, and along columns', () => {
    const fill = small('float32');
    const whole = { indexed: [{ size: 30, stride: 1 }] };
    expect(scatter('add', [30_000], operand('float32', [30_000], fill), [operand('int32', [30_000], pick(30))], operand('float32', [30_000], fill, { strides: [0], length: 30 }), whole)).toEqual([]); // prettier-ignore
    const sizes = [150, 160];
    const [source, index] = [operand('float32', sizes, fill), operand('int32', sizes, pick(30))];
    const rows = operand('float32', sizes, fill, { strides: [30, 0], length: 150 * 30 });
    expect(scatter('add', sizes, source, [index], rows, whole)).toEqual([]);
    const columns = operand('float32', sizes, fill, { strides: [0, 1], length: 30 * 160 });
    expect(scatter('add', sizes, source, [index], columns, { indexed: [{ size: 30, stride: 160 }] })).toEqual([]);
  });

  test('addresses that overlap along every dim are left to one thread', () => {
    const sizes = [200, 120];
    const out = operand('int32', sizes, small('int32'), { strides: [1, 1] });
    expect(scatter('add', sizes, operand('int32', sizes, small('int32')), [], out, { indexed: [] })).toEqual([]);
    expect(scatter('set', sizes, operand('int32', sizes, small('int32')), [], out, { indexed: [] })).toEqual([]);
  });

  test('of indices out of range the first in row-major order is told', () => {
    const sizes = [300, 128];
    const at = (bad: readonly number[]) => operand('int32', sizes, (k) => (bad.includes(k) ? 50 + k : k % 40), { strides: [1, 0] }); // prettier-ignore
    const [first, second] = [at([250, 299]), at([299, 170, 171])];
    const table = operand('float32', sizes, small('float32'), { strides: [0, 1], length: 40 * 40 * 128 });
    const indexed = [
      { size: 40, stride: 128 * 40 },
      { size: 40, stride: 128 },
    ];
    expect(gather(sizes, table, [first, second], operand('float32', sizes, small('float32')), { indexed })).toEqual([]);
    expect(gather(sizes, table, [second, second], operand('float32', sizes, small('float32')), { indexed })).toEqual(
      [],
    );
    const each = operand('int32', sizes, (k) => (k % 20_001 === 20_000 ? -9 : k % 40));
    expect(
      gather(sizes, table, [first, each], operand('float32', sizes, small('float32')), { indexed, wrap: true }),
    ).toEqual([]);
  });
});

test('a table without rows, and an index that moves nowhere', () => {
  const sizes = [3, 8];
  const [source, out] = [operand('float32', sizes, small('float32'), { strides: [0, 1] }), operand('float32', sizes, () => 9)]; // prettier-ignore
  const one = (value: number) => operand('int32', sizes, () => value, { strides: [0, 0] });
  expect(gather(sizes, source, [one(0)], out, { indexed: [{ size: 0, stride: 8 }] })).toEqual([]);
  expect(gather(sizes, source, [one(-1)], out, { indexed: [{ size: 1, stride: 8 }], wrap: true })).toEqual([]);
  expect(gather([], operand('bool', [], () => 1), [operand('int32', [], () => 0)], operand('bool', [], () => 0), { indexed: [{ size: 1, stride: 1 }] })).toEqual([]); // prettier-ignore
  expect(scatter('mul', [], operand('float64', [], () => 3), [operand('int32', [], () => -1)], operand('float64', [], () => 5), { indexed: [{ size: 1, stride: 1 }], wrap: true })).toEqual([]); // prettier-ignore
});

test('guarded sources and indices', () => {
  const sizes = [9, 30];
  // Columns 2 … 21 are there, and of rows those whose number is even.
  const guards = [
    { coefficients: [0, 1], start: -2, step: 1, size: 20, stride: 1 },
    { coefficients: [1, 0], start: 0, step: 2, size: 4, stride: 20 },
  ];
  for (const dtype of dtypes) {
    const source = operand(dtype, sizes, small(dtype), { strides: [0, 0], length: 80 + 3 * 80, guards, fill: 1 });
    const index = operand('int32', sizes, (k) => k % 4, { strides: [0, 0], length: 80, guards, fill: 3 });
    const out = operand(dtype, sizes, small(dtype), { strides: [30, 1], length: 9 * 30 + 3 * 270 });
    expect(gather(sizes, source, [index], out, { indexed: [{ size: 4, stride: 80 }] })).toEqual([]);
    expect(gather(sizes, source, [operand('int32', sizes, (k) => k % 4, { strides: [1, 0] })], out, { indexed: [{ size: 4, stride: 80 }] })).toEqual([]); // prettier-ignore
    for (const reduce of ['set', 'max'] as const)
      expect(scatter(reduce, sizes, source, [index], out, { indexed: [{ size: 4, stride: 270 }] })).toEqual([]);
    const rows = operand('int32', sizes, (k) => k % 4, { strides: [1, 0] });
    expect(scatter('max', sizes, source, [rows], out, { indexed: [{ size: 4, stride: 270 }] })).toEqual([]);
  }
});
