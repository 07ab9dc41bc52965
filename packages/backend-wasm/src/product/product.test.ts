import {
  describe as properties,
  hostArray,
  input,
  OutOfMemoryError,
  program,
  scalar,
  maximum,
} from '@rushlight/core/kernel';
import type {
  Backend,
  ConvProgram,
  DType,
  Expr,
  Launch,
  MatmulProgram,
  Operand,
  Program,
  TypedArray,
} from '@rushlight/core/kernel';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Features } from '../features.ts';
import { Heap } from '../heap.ts';
import { alone, Machine, threadBlock, type Crew } from '../machine.ts';
import { makeRunner } from '../runners.ts';
import { WasmBuffer } from '../wasm-buffer.ts';
import { arithmeticOf } from './arithmetic.ts';
import { blocksOf } from './blocks.ts';
import type { Extent } from './cut-depth.ts';
import type { Variant } from './variant.ts';

const definition = (await reference().create()) as Backend & Required<Pick<Backend, 'readSync'>>;

interface Drawn {
  readonly data: TypedArray;
  readonly offset?: number;
  readonly strides: readonly number[];
}

type Case = Omit<Launch, 'operands'> & { readonly operands: readonly Drawn[] };

/** A machine, and the runners of its programs. */
class Bench {
  readonly heap = new Heap({ limit: 2 ** 28, shared: false });
  readonly machine: Machine;
  compiled = 0;
  private readonly runners = new Map<Program, (launch: Launch) => void>();

  constructor(features: Partial<Features> = {}, crew: Crew = alone) {
    this.machine = new Machine({ relaxed: true, wide: false, ...features }, this.heap, crew);
    const compile = this.machine.compile.bind(this.machine);
    this.machine.compile = (module) => {
      this.compiled++;
      return compile(module);
    };
  }

  private view({ dtype, length, address }: WasmBuffer): TypedArray {
    const { array } = properties(dtype);
    return new array(this.heap.memory.buffer, address, length);
  }

  /** What the output's buffer holds afterwards. */
  run({ operands, ...launch }: Case): TypedArray {
    const types = operandTypes(launch.program);
    const buffers = operands.map(({ data }, k) => {
      const dtype = types[k] ?? 'float32';
      const address = this.heap.allocate(data.byteLength);
      const buffer = new WasmBuffer(dtype, data.length, address, this);
      this.view(buffer).set(data);
      return buffer;
    });
    let run = this.runners.get(launch.program);
    if (!run) this.runners.set(launch.program, (run = makeRunner(launch.program, this.machine)));
    run({ ...launch, operands: operands.map((o, k) => ({ offset: 0, ...o, buffer: buffers[k]! })) });
    this.machine.releaseBorrowed();
    const result = this.view(buffers.at(-1)!).slice();
    for (const { address } of buffers) this.heap.release(address);
    return result;
  }
}

function operandTypes(p: Program): DType[] {
  if (p.kind !== 'matmul' && p.kind !== 'conv') return [];
  return [...p.inputs.map(({ dtype }) => dtype), p.output.dtype];
}

/** The same by definition. */
function expected({ operands, ...launch }: Case): TypedArray {
  const types = operandTypes(launch.program);
  const buffers = operands.map(({ data }, k) => {
    const buffer = definition.allocate(types[k] ?? 'float32', data.length);
    definition.write(buffer, data);
    return buffer;
  });
  definition.run({ ...launch, operands: operands.map((o, k): Operand => ({ offset: 0, ...o, buffer: buffers[k]! })) });
  return definition.readSync(buffers.at(-1)!, 0, buffers.at(-1)!.length);
}

/** Where a machine gives something else than the definition. */
function wrong(bench: Bench, cases: readonly Case[]): string[] {
  return cases.flatMap((drawn) => {
    const [actual, wanted] = [bench.run(drawn), expected(drawn)];
    const at = wanted.findIndex((value, i) => !Object.is(value, actual[i]));
    return at < 0 ? [] : [`${drawn.program.key} of ${drawn.sizes}: at ${at} ${actual[at]} instead of ${wanted[at]}`];
  });
}

/** Small integers, so that sums are exact in every order. */
function numbers(dtype: DType, length: number, seed: number): TypedArray {
  const data = hostArray(dtype, length);
  const float16 = [0, 0x3c00, 0xbc00, 0x4000, 0xc000]; // 0, 1, −1, 2, −2
  for (let i = 0; i < length; i++) {
    const value = ((i + 1) * 7919 * seed) % 5;
    data[i] =
      dtype === 'float16' ? float16[value]! : dtype === 'bool' ? value & 1 : value - (dtype === 'uint8' ? 0 : 2);
  }
  return data;
}

interface MatmulOptions {
  readonly dtype?: DType;
  readonly out?: DType;
  readonly batch?: readonly number[];
  /** Which operands are stored the other way around: a, b, out. */
  readonly turned?: readonly [boolean, boolean, boolean];
  readonly epilogue?: Expr;
  readonly extras?: readonly { readonly dtype: DType; readonly strides: readonly number[]; readonly length: number }[];
  readonly scalars?: readonly number[];
  /** Batch strides of a, b and out, where they are not dense. */
  readonly batchStrides?: readonly (readonly number[])[];
  readonly apart?: number;
}

const letters = (strides: readonly number[], ends: readonly number[]): string =>
  strides.map((s, d) => (s === 0 ? '0' : s === 1 && ends.includes(d) ? '1' : 's')).join('');

function matmul([m, n, k]: readonly [number, number, number], options: MatmulOptions = {}): Case {
  const {
    dtype = 'float32',
    out = dtype,
    batch = [],
    turned = [false, false, false],
    extras = [],
    scalars = [],
    apart = 1,
  } = options;
  const rank = batch.length;
  const count = batch.reduce((x, y) => x * y, 1);
  const layouts = (
    [
      [m, k],
      [k, n],
      [m, n],
    ] as const
  ).map(([rows, columns], which) => {
    const [row, column] = turned[which] ? [1, rows] : [columns, 1];
    const inner = [row * apart, column * apart];
    const dense = batch.map((_, d) => batch.slice(d + 1).reduce((x, y) => x * y, rows * columns * apart));
    return {
      outer: options.batchStrides?.[which] ?? dense,
      inner,
      length: Math.max(1, rows * columns * apart * count),
    };
  });
  const strides = layouts.map(({ outer, inner: [first = 0, second = 0] }, which) => [
    ...outer,
    ...[
      [first, 0, second],
      [0, second, first],
      [first, second, 0],
    ][which]!,
  ]);
  const ends = [rank - 1, rank, rank + 1, rank + 2];
  const type = (of: DType, s: readonly number[]) => ({ dtype: of, strides: letters(s, ends), guards: [] });
  return {
    program: program<MatmulProgram>({
      kind: 'matmul',
      batchRank: rank,
      inputs: [type(dtype, strides[0]!), type(dtype, strides[1]!), ...extras.map((e) => type(e.dtype, e.strides))],
      scalars: scalars.map(() => dtype),
      epilogue: options.epilogue ?? input(0, dtype),
      output: type(out, strides[2]!),
    }),
    sizes: [...batch, m, n, k],
    scalars,
    operands: [
      { data: numbers(dtype, layouts[0]!.length, 1), strides: strides[0]! },
      { data: numbers(dtype, layouts[1]!.length, 3), strides: strides[1]! },
      ...extras.map((e) => ({ data: numbers(e.dtype, e.length, 11), strides: e.strides })),
      { data: hostArray(out, layouts[2]!.length).fill(1), strides: strides[2]! },
    ],
  };
}

interface ConvOptions {
  readonly direction: ConvProgram['direction'];
  readonly n?: number;
  readonly g?: number;
  readonly ci?: number;
  readonly co?: number;
  readonly image: readonly number[];
  readonly kernel: readonly number[];
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
  readonly dtype?: DType;
  /** Positions of the output, where they do not cover the image. */
  readonly out?: readonly number[];
}

function conv({
  direction,
  n = 2,
  g = 1,
  ci = 3,
  co = 5,
  image,
  kernel,
  stride = 1,
  padding = 0,
  dilation = 1,
  dtype = 'float32',
  ...rest
}: ConvOptions): Case {
  // prettier-ignore
  const out = rest.out ?? image.map((size, d) => Math.floor((size + 2 * padding - dilation * (kernel[d]! - 1) - 1) / stride) + 1);
  const boxes = { x: [n, g, ci, ...image], w: [g, co, ci, ...kernel], y: [n, g, co, ...out] };
  const order = { forward: 'xwy', inputGradient: 'wyx', weightGradient: 'xyw' }[direction];
  const operands = [...order].map((name, k) => {
    const box = boxes[name as 'x'];
    const strides = box.map((_, d) => box.slice(d + 1).reduce((a, b) => a * b, 1));
    const length = Math.max(
      1,
      box.reduce((a, b) => a * b, 1),
    );
    return { data: k === 2 ? hostArray(dtype, length).fill(1) : numbers(dtype, length, 2 * k + 1), strides };
  });
  const type = ({ strides }: Drawn) => ({ dtype, strides: letters(strides, [strides.length - 1]), guards: [] });
  const list = (value: number): number[] => image.map(() => value);
  return {
    program: program<ConvProgram>({
      kind: 'conv',
      direction,
      spatial: image.length,
      inputs: [type(operands[0]!), type(operands[1]!)],
      scalars: [],
      epilogue: input(0, dtype),
      output: type(operands[2]!),
    }),
    sizes: [n, g, ci, co, ...image, ...kernel, ...out],
    scalars: [],
    geometry: { stride: list(stride), padding: list(padding), dilation: list(dilation) },
    operands,
  };
}

const variants: readonly Partial<Features>[] = [
  { relaxed: true },
  { relaxed: false },
  { wide: true },
  { relaxed: false, wide: true },
];

describe.each(variants)('%o', (features) => {
  const bench = new Bench(features);

  test('every layout at every fringe', () => {
    const cases: Case[] = [];
    const sizes = [1, 2, 3, 5, 6, 7, 8, 9, 13, 17, 31];
    sizes.forEach((m, i) => {
      sizes.forEach((n, j) => {
        const layout = i * sizes.length + j;
        const turned = [(layout & 1) > 0, (layout & 2) > 0, (layout & 4) > 0] as const;
        cases.push(matmul([m, n, sizes[(i * 3 + j * 5) % sizes.length]!], { turned }));
      });
    });
    expect(wrong(bench, cases)).toEqual([]);
  });

  test.each(['float32', 'float64', 'float16', 'int32', 'uint8', 'bool'] as const)('blocks of %s', (dtype) => {
    const cases: Case[] = [];
    for (const turned of [
      [false, false, false],
      [true, false, false],
      [false, true, false],
      [true, true, true],
    ] as const) {
      for (const size of [
        [13, 9, 300],
        [67, 21, 40],
        [4, 150, 33],
        [130, 3, 33],
      ] as const)
        cases.push(matmul(size, { dtype, turned }));
    }
    cases.push(matmul([11, 9, 7], { dtype, apart: 2 }));
    expect(wrong(bench, cases)).toEqual([]);
  });

  test.each([
    [0, 3, 4],
    [3, 0, 4],
    [3, 4, 0],
    [40, 40, 0],
    [1, 1, 0],
    [1, 40, 0],
    [40, 1, 0],
  ] as const)('nothing of %i, %i, %i', (...size) => {
    const cases: Case[] = [];
    cases.push(matmul(size));
    cases.push(matmul(size, { batch: [2] }));
    cases.push(matmul(size, { batch: [0] }));
    expect(wrong(bench, cases)).toEqual([]);
  });

  test('convolutions of every direction', () => {
    const cases: Case[] = [];
    for (const direction of ['forward', 'inputGradient', 'weightGradient'] as const) {
      cases.push(conv({ direction, image: [17], kernel: [3] }));
      cases.push(conv({ direction, image: [9, 11], kernel: [3, 2], padding: 1 }));
      cases.push(conv({ direction, image: [11, 12], kernel: [3, 3], stride: 2, padding: 1, g: 2 }));
      cases.push(conv({ direction, image: [13, 10], kernel: [2, 3], stride: 3, dilation: 2, padding: 2 }));
      cases.push(conv({ direction, image: [4, 5, 6], kernel: [2, 3, 2], stride: 2, padding: 1, ci: 1, co: 2 }));
      cases.push(conv({ direction, image: [12, 12], kernel: [1, 1], ci: 9, co: 8 }));
      cases.push(conv({ direction, image: [14, 14], kernel: [3, 3], ci: 1, co: 1, g: 6, padding: 1 }));
      // A stride that skips all but one element of the kernel for some positions, and some positions altogether.
      cases.push(conv({ direction, image: [9, 9], kernel: [1, 1], stride: 2 }));
      cases.push(conv({ direction, image: [9, 9], kernel: [2, 2], stride: 3, out: [2, 5] }));
      cases.push(conv({ direction, image: [5, 6], kernel: [3, 3], n: 0 }));
      for (const dtype of ['float64', 'float16', 'int32', 'uint8'] as const)
        cases.push(conv({ direction, image: [9, 10], kernel: [3, 3], padding: 1, dtype }));
    }
    expect(wrong(bench, cases)).toEqual([]);
  });
});

describe('a product', () => {
  const bench = new Bench();

  test('of blocks in every direction', () => {
    const cases: Case[] = [];
    cases.push(matmul([530, 140, 9]));
    cases.push(matmul([140, 530, 9], { turned: [true, true, false] }));
    cases.push(matmul([10, 19, 2600], { turned: [true, false, false] }));
    cases.push(matmul([8, 140, 1100], { turned: [true, true, false] }));
    expect(wrong(bench, cases)).toEqual([]);
  });

  test('of a long depth and few sums, in pieces', () => {
    const cases: Case[] = [];
    const features = { relaxed: true, wide: false };
    const cut = blocksOf(
      { rows: 9, columns: 17, depth: 8001, batches: 1 },
      'packed',
      arithmeticOf('float32', features),
    );
    expect(cut.pieces).toBeGreaterThan(1);
    for (const turned of [
      [false, false, false],
      [true, true, false],
    ] as const) {
      cases.push(matmul([9, 17, 8001], { turned }));
      cases.push(matmul([3, 30, 13001], { turned }));
      cases.push(matmul([9, 17, 8001], { turned, dtype: 'float64', out: 'float32' }));
    }
    expect(wrong(bench, cases)).toEqual([]);
  });

  test('in batches, some without a stride', () => {
    const cases: Case[] = [];
    cases.push(matmul([7, 9, 5], { batch: [3, 4] }));
    cases.push(
      matmul([70, 150, 40], { batch: [3], batchStrides: [[0], [6000], [10500]], turned: [true, false, false] }),
    );
    cases.push(matmul([70, 150, 40], { batch: [3], batchStrides: [[2800], [0], [10500]] }));
    cases.push(
      matmul([2, 9, 5], {
        batch: [2, 3],
        batchStrides: [
          [0, 10],
          [0, 0],
          [54, 18],
        ],
      }),
    );
    expect(wrong(bench, cases)).toEqual([]);
  });

  test('with an epilogue of extra operands and numbers', () => {
    const cases: Case[] = [];
    const sum = input(0, 'float32');
    const epilogue = maximum(sum.add(input(1, 'float32')), 0)
      .mul(scalar(0, 'float32'))
      .add(input(2, 'float32').cast('float32'));
    for (const turned of [
      [false, false, false],
      [false, false, true],
    ] as const) {
      for (const size of [
        [13, 18, 9],
        [2, 70, 9],
        [70, 2, 9],
        [9, 17, 8001],
      ] as const) {
        const [m, n] = size;
        const bias = { dtype: 'float32' as const, strides: [0, 1, 0], length: n };
        for (const strides of [
          [1, 0, 0],
          [n, 1, 0],
          [1, m, 0],
          [0, 0, 0],
        ]) {
          cases.push(
            matmul(size, {
              turned,
              epilogue,
              scalars: [0.5],
              extras: [bias, { dtype: 'float32', strides, length: m * n }],
            }),
          );
        }
      }
    }
    const truth = input(0, 'int32').gt(input(1, 'uint8').cast('int32'));
    cases.push(
      matmul([9, 10, 11], {
        dtype: 'int32',
        out: 'bool',
        epilogue: truth,
        extras: [{ dtype: 'uint8', strides: [0, 1, 0], length: 10 }],
      }),
    );
    cases.push(matmul([9, 10, 11], { out: 'float16', epilogue: sum.mul(0.25) }));
    expect(wrong(bench, cases)).toEqual([]);
  });

  test('reads operands with guards', () => {
    const cases: Case[] = [];
    const drawn = matmul([5, 6, 7]);
    const p = drawn.program as MatmulProgram;
    const guard = { coefficients: [0, 0, 1], start: -2, step: 1, size: 4, stride: 1 };
    const guarded = program<MatmulProgram>({
      ...p,
      inputs: [{ ...p.inputs[0], strides: 's00', guards: ['00s'] }, p.inputs[1]],
    });
    const a = { ...drawn.operands[0]!, strides: [7, 0, 0], guards: [guard], fill: 0 };
    cases.push({ ...drawn, program: guarded, operands: [a, ...drawn.operands.slice(1)] });
    expect(wrong(bench, cases)).toEqual([]);
  });
});

/** Every row of a is the same, and so is every column of b, or every step of its depth: there are few elements to draw. */
const repeated = ([m, n, k]: readonly [number, number, number], b: readonly [number, number, number]): Case => {
  const drawn = matmul([1, 1, 1]);
  const data = Float32Array.from({ length: Math.max(n, k) }, (_, i) => ((i * 7919) % 1000) / 999);
  const operands = [
    { data, strides: [0, 0, 1] },
    { data, strides: b },
    { data: new Float32Array(m * n), strides: [n, 1, 0] },
  ];
  return { ...drawn, sizes: [m, n, k], operands };
};

test.each([
  ['panels in pieces', [256, 256, 50_000], [0, 0, 1]],
  ['panels', [260, 256, 50_000], [0, 0, 1]],
  ['dot products in pieces', [4, 40, 50_000], [0, 0, 1]],
  ['dot products', [4, 16_400, 50_000], [0, 0, 1]],
  ['rows of sums in pieces', [4, 40, 50_000], [0, 1, 0]],
  ['rows of sums', [4, 16_400, 50_000], [0, 1, 0]],
] as const)('a sum of many positive numbers is accurate: %s', (_, size, strides) => {
  const drawn = repeated(size, strides);
  const [a, b] = drawn.operands.map(({ data }) => data as Float32Array) as [Float32Array, Float32Array];
  const result = new Bench().run(drawn) as Float32Array;
  for (const column of [1, 7, 30]) {
    let exact = 0;
    for (let k = 0; k < size[2]; k++) exact += a[k]! * b[column * strides[1] + k * strides[2]]!;
    expect(Math.abs(result[column]! / exact - 1)).toBeLessThan(2e-7);
  }
});

test('where the depth is cut does not depend on the tile, nor on which factor has the rows', () => {
  const size = fc.integer({ min: 1, max: 3000 });
  const extent = fc.record({ rows: size, columns: size, depth: fc.integer({ min: 1, max: 60_000 }), batches: fc.constantFrom(1, 1, 2, 30) }); // prettier-ignore
  const inner = fc.constantFrom('packed', 'inPlace', 'lanes', 'depth');
  const cutOf = (...[drawn, how, dtype, features]: [Extent, Variant['inner'], DType, Features]) => {
    const { pieceDepth, pieces, chunk, pass } = blocksOf(drawn, how, arithmeticOf(dtype, features));
    return { pieceDepth, pieces, chunk, pass };
  };
  fc.assert(
    fc.property(extent, inner, fc.constantFrom<DType>('float32', 'float64'), (drawn, how, dtype) => {
      const exchanged = { ...drawn, rows: drawn.columns, columns: drawn.rows };
      const cuts = [drawn, exchanged].flatMap((one) =>
        [false, true].flatMap((wide) => [false, true].map((relaxed) => cutOf(one, how, dtype, { relaxed, wide }))),
      );
      for (const cut of cuts) expect(cut).toEqual(cuts[0]);
    }),
    { numRuns: 1000 },
  );
});

/** Pretends to have threads: units run in small lots, the last ones first, by each thread in turn. */
const scrambled: Crew = {
  size: 3,
  awake: true,
  run(kernel, params, units, _chunk, threads) {
    const lots = Array.from({ length: Math.ceil(units / 2) }, (_, k) => 2 * k).toReversed();
    lots.forEach((from, k) =>
      kernel.run(params, from, Math.min(units, from + 2), threads + (k % 3) * threadBlock.size),
    );
  },
  dispose: () => {},
};

test('the result does not depend on the threads', () => {
  const [one, many] = [new Bench(), new Bench({}, scrambled)];
  const inexact = (drawn: Case): Case => ({
    ...drawn,
    operands: drawn.operands.map((o) => ({ ...o, data: o.data.map((value, i) => (value as number) * Math.fround(1 / (3 + (i % 7)))) as TypedArray })), // prettier-ignore
  });
  const cases = [
    matmul([300, 260, 90]),
    matmul([300, 260, 90], { turned: [true, true, false] }),
    matmul([32, 48, 12000], { turned: [true, true, false] }),
    matmul([1, 3000, 700]),
    matmul([40, 40, 40], { batch: [30], turned: [true, false, false] }),
    conv({ direction: 'weightGradient', n: 8, ci: 8, co: 16, image: [30, 30], kernel: [3, 3] }),
    conv({ direction: 'inputGradient', n: 8, ci: 8, co: 16, image: [30, 30], kernel: [3, 3], padding: 1 }),
    conv({ direction: 'forward', n: 8, ci: 8, co: 16, image: [30, 30], kernel: [3, 3] }),
  ];
  for (const drawn of cases.map(inexact)) expect(many.run(drawn)).toEqual(one.run(drawn));
});

test('sizes that grow, and batches that end early, compile a bounded number of kernels', () => {
  const bench = new Bench();
  for (let size = 1; size <= 8; size++) bench.run(matmul([12, size, 10]));
  for (let size = 1; size <= 12; size++) bench.run(matmul([size, 20, 10]));
  const before = bench.compiled;
  for (let size = 9; size <= 60; size++) bench.run(matmul([12, size, 10]));
  for (let size = 13; size <= 60; size++) bench.run(matmul([size, 20, 10]));
  expect(bench.compiled).toBe(before);
});

/** With tables of 8 MB. */
const tall = (rows: number): Case => matmul([rows, 1, 1]);

test('tables of many geometries come and go', () => {
  const bench = new Bench();
  const drawn = Array.from({ length: 12 }, (_, k) => tall(1_000_000 + k));
  const results = drawn.map((one) => bench.run(one));
  const live = bench.heap.memory.buffer.byteLength;
  expect(live).toBeLessThan(12 * 2 ** 23);
  drawn.forEach((one, k) => expect(bench.run(one)).toEqual(results[k]));
  for (const one of drawn) bench.run(one);
  expect(bench.heap.memory.buffer.byteLength).toBe(live);
  expect(results[7]).toEqual(expected(drawn[7]!));
});

test('tables give way where memory runs out', () => {
  const fill = ({ heap }: Bench): number[] => {
    const blocks: number[] = [];
    const all = (): void => {
      for (;;) blocks.push(heap.allocate(2 ** 20));
    };
    expect(all).toThrow(OutOfMemoryError);
    return blocks;
  };
  const bench = new Bench();
  const result = bench.run(tall(1_000_000));
  const blocks = fill(bench);
  expect(blocks.length).toBeGreaterThan(fill(new Bench()).length - 3);
  for (const at of blocks) bench.heap.release(at);
  expect(bench.run(tall(1_000_000))).toEqual(result);
});

test('a long depth takes no long table', () => {
  const bench = new Bench();
  const drawn = matmul([1, 1, 1]);
  const one = { data: Float32Array.of(1), strides: [0, 0, 0] };
  expect(bench.run({ ...drawn, sizes: [1, 1, 40_000_000], operands: [one, one, one] })).toEqual(Float32Array.of(4e7));
  expect(bench.heap.memory.buffer.byteLength).toBeLessThan(2 ** 22);
});
