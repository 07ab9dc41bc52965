// Every kernel of a product, whichever the schedule would choose, compared with the definition. Numbers are small multiples of ¼: sums of
// their products are exact in float32, in any order.

import {
  contiguousStrides, guardClasses, hostArray, input, program, scalar, sizeOf, strideClasses, toFloat16Bits,
  type Backend, type Buffer, type ConvProgram, type DType, type Expr, type Launch, type MatmulProgram, type Operand, type OperandType,
  type Program, type TypedArray, type View,
} from '@rushlight/core/kernel'; // prettier-ignore
import { reference } from '@rushlight/core/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Features } from '../features.ts';
import { driverInUse, whyNoDriver } from '../testing/driver.ts';
import { openWebGpu, type WebGpuBackend } from '../webgpu.ts';
import { convRunner } from './conv.ts';
import { matmulRunner } from './matmul.ts';
import { extentOf, type Product } from './product.ts';
import {
  chooseSchedule,
  direct,
  dot,
  scheduled,
  sharedBytes,
  tile,
  tiles,
  type Schedule,
  type Shape,
} from './schedule.ts';

interface Drawn extends View {
  readonly dtype: DType;
  readonly data: TypedArray;
}

interface Case<P extends Program> extends Omit<Launch<P>, 'operands'> {
  readonly operands: readonly Drawn[];
}

/** Multiples of ¼ up to ±2 for floats, whole numbers that wrap now and then for others. */
function numbers(dtype: DType, length: number, seed: number): TypedArray {
  const data = hostArray(dtype, length);
  let state = seed * 2654435761 + 1;
  for (let k = 0; k < length; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const small = ((state >>> 16) % 17) - 8;
    data[k] = dtype === 'float16' ? toFloat16Bits(small / 4) : dtype === 'float32' ? small / 4 : dtype === 'bool' ? small & 1 : small * (dtype === 'int32' ? 2 ** 24 + 3 : 1); // prettier-ignore
  }
  return data;
}

/** An operand of a box that lies in memory with the dims in the given order, the last the innermost; −1 stands for dims it does not move in. */
function operand(dtype: DType, box: readonly number[], order: readonly number[], seed: number): Drawn {
  const dense = contiguousStrides(order.map((d) => box[d] ?? 1));
  const strides = box.map((_, d) => (order.includes(d) ? (dense[order.indexOf(d)] ?? 0) : 0));
  const offset = seed % 3;
  return { dtype, strides, offset, data: numbers(dtype, offset + sizeOf(order.map((d) => box[d] ?? 1)), seed) };
}

const typeOf = ({ dtype, strides, guards }: Drawn, groups: readonly number[]): OperandType => ({
  dtype,
  strides: strideClasses(strides, groups),
  guards: guardClasses(guards),
});

interface MatmulOptions {
  readonly dtype?: DType;
  readonly out?: DType;
  readonly epilogue?: (sum: Expr) => Expr;
  /** Which factors lie transposed. */
  readonly layout?: 'nn' | 'nt' | 'tn' | 'tt';
  readonly guards?: boolean;
}

/** [2, m, k] · [k, n], with what is asked for; extras are a bias and a matrix. */
function matmulCase(m: number, n: number, k: number, options: MatmulOptions = {}): Case<MatmulProgram> {
  const { dtype = 'float32', layout = 'nn', out = dtype, guards = false } = options;
  const box = [2, m, n, k];
  const a = operand(dtype, box, layout[0] === 'n' ? [0, 1, 3] : [0, 3, 1], 1);
  const b = operand(dtype, box, layout[1] === 'n' ? [3, 2] : [2, 3], 2);
  const guard = { coefficients: [0, 1, 0, 0], start: -2, step: 1, size: m - 3, stride: a.strides[1] ?? 0 };
  const first = guards ? { ...a, strides: a.strides.with(1, 0), guards: [guard], fill: 2 } : a;
  const extras = options.epilogue ? [operand(dtype, box, [2], 4), operand(dtype, box, [1, 2], 5)] : [];
  const operands = [first, b, ...extras, operand(out, box, [0, 1, 2], 3)];
  const types = operands.map((each) => typeOf(each, [1, 1, 1, 1]));
  const matmul = program<MatmulProgram>({
    kind: 'matmul',
    batchRank: 1,
    inputs: types.slice(0, -1) as [OperandType, OperandType, ...OperandType[]],
    scalars: options.epilogue ? [dtype] : [],
    epilogue: options.epilogue?.(input(0, dtype)) ?? input(0, dtype),
    output: types.at(-1) as OperandType,
  });
  return { program: matmul, sizes: box, operands, scalars: options.epilogue ? [3] : [] };
}

const withEverything = (dtype: DType) => (sum: Expr): Expr => sum.add(input(1, dtype)).mul(scalar(0, dtype)).sub(input(2, dtype)); // prettier-ignore

interface ConvOptions {
  readonly n?: number;
  readonly g?: number;
  readonly ci?: number;
  readonly co?: number;
  readonly image?: readonly number[];
  readonly kernel?: readonly number[];
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
}

function convCase(direction: ConvProgram['direction'], options: ConvOptions = {}): Case<ConvProgram> {
  const {
    n = 2,
    g = 2,
    ci = 3,
    co = 5,
    image = [9, 8],
    kernel = [3, 2],
    stride = 1,
    padding = 1,
    dilation = 1,
  } = options;
  const spatial = image.length;
  const out = image.map(
    (size, d) => Math.floor((size + 2 * padding - dilation * ((kernel[d] ?? 1) - 1) - 1) / stride) + 1,
  );
  const [x, w, y] = [
    [n, g, ci, ...image],
    [g, co, ci, ...kernel],
    [n, g, co, ...out],
  ];
  const boxes = { forward: [x, w, y], inputGradient: [w, y, x], weightGradient: [x, y, w] }[direction];
  const dense = (box: readonly number[], seed: number): Drawn =>
    operand(
      'float32',
      box,
      box.map((_, d) => d),
      seed,
    );
  const [first = [], second = [], written = []] = boxes;
  const bias = operand('float32', written, [direction === 'weightGradient' ? 1 : 2], 9);
  const operands = [dense(first, 6), dense(second, 7), bias, dense(written, 8)];
  const types = operands.map((each) => typeOf(each, [each.strides.length]));
  const conv = program<ConvProgram>({
    kind: 'conv',
    direction,
    spatial,
    inputs: types.slice(0, -1) as [OperandType, OperandType, OperandType],
    scalars: [],
    epilogue: input(0, 'float32').add(input(1, 'float32')),
    output: types.at(-1) as OperandType,
  });
  const all = (value: number): number[] => image.map(() => value);
  const geometry = { stride: all(stride), padding: all(padding), dilation: all(dilation) };
  return { program: conv, sizes: [n, g, ci, co, ...image, ...kernel, ...out], operands, scalars: [], geometry };
}

/** What the buffer of the output holds when `run` has run a case. */
async function outcome<P extends Program>(
  backend: Backend,
  drawn: Case<P>,
  run: (launch: Launch<P>) => void,
): Promise<TypedArray> {
  const buffers = drawn.operands.map(({ dtype, data }) => {
    const buffer = backend.allocate(dtype, data.length);
    backend.write(buffer, data);
    return buffer;
  });
  const operands = drawn.operands.map(({ strides, offset, guards, fill }, k): Operand => {
    const buffer = buffers[k] as Buffer;
    return guards ? { buffer, strides, offset, guards, fill: fill ?? 0 } : { buffer, strides, offset };
  });
  run({ ...drawn, operands } as Launch<P>);
  const last = buffers.at(-1) as Buffer;
  const data = await backend.read(last, 0, last.length);
  for (const buffer of buffers) backend.free(buffer);
  return data;
}

const definition = await reference().create();
const known = new Map<Case<Program>, Promise<TypedArray>>();

function expected<P extends Program>(drawn: Case<P>): Promise<TypedArray> {
  const key = drawn as unknown as Case<Program>;
  let result = known.get(key);
  if (!result) known.set(key, (result = outcome(definition, drawn, (launch) => definition.run(launch))));
  return result;
}

type Choose = (product: Product, features: Features) => Schedule;

const always =
  (shape: Shape, pieces = 1): Choose =>
  (product) =>
    scheduled(shape, extentOf(product), pieces);

const title = ({ kind, block, threads, slice }: Shape): string =>
  `${kind} of ${block.rows} x ${block.columns}, ${threads.rows} x ${threads.columns} threads, slices of ${slice}`;

/** Drivers that are programs take seconds to compile kernels with barriers: all of them are for ENGINES=all. */
const isThorough = process.env.ENGINES === 'all';

const layouts = ['nn', 'nt', 'tn', 'tt'] as const;

// `check` expects.
/* oxlint-disable vitest/expect-expect */
describe.skipIf(whyNoDriver() !== undefined)('products on the device', () => {
  let backend: WebGpuBackend;
  beforeAll(async () => {
    driverInUse();
    backend = await openWebGpu({});
  });
  afterAll(() => backend.dispose());

  async function check<P extends MatmulProgram | ConvProgram>(drawn: Case<P>, choose?: Choose): Promise<void> {
    const { machine } = backend;
    const runner = (drawn.program.kind === 'matmul' ? matmulRunner(drawn.program, machine, choose) : convRunner(drawn.program, machine, choose)) as (launch: Launch<P>) => void; // prettier-ignore
    const result = await outcome(backend, drawn, (launch) => {
      machine.begin();
      runner(launch);
      machine.end();
    });
    expect(result).toEqual(await expected(drawn));
  }

  const cases = layouts.map((layout) => matmulCase(19, 37, 21, { layout, epilogue: withEverything('float32') }));
  const small = tile(4, 4, 4, 8);
  const titled = (shapes: readonly Shape[]) => shapes.map((shape) => [title(shape), shape] as const);

  test.for(titled([small, ...(isThorough ? [tile(8, 8, 4, 8, 8), ...tiles.map(([shape]) => shape)] : [])]))(
    '%s',
    async ([, shape]) => {
      const { workgroupBytes, workgroupThreads } = backend.machine.features;
      if (sharedBytes(shape) > workgroupBytes || shape.threads.rows * shape.threads.columns > workgroupThreads) return;
      await check(matmulCase(shape.threads.rows * shape.block.rows + 3, 70, 19, { layout: 'tn' }), always(shape));
      await check(cases[1] as Case<MatmulProgram>, always(shape));
    },
  );

  test.for(layouts.map((layout, k) => [layout, k] as const))('of factors that lie as %s', async ([, k]) => {
    if (isThorough) await check(cases[k] as Case<MatmulProgram>, always(small));
    await check(cases[k] as Case<MatmulProgram>, always(direct(4, 8)));
    await check(cases[k] as Case<MatmulProgram>);
  });

  const dots = isThorough ? [dot(1, 1), dot(1, 4), dot(4, 4)] : [dot(1, 4)];
  test.for(titled([direct(1, 1), direct(4, 1), direct(1, 8), ...dots]))('%s', async ([, shape]) => {
    await check(cases[2] as Case<MatmulProgram>, always(shape));
    await check(matmulCase(3, 5, 300, { layout: 'nt' }), always(shape));
  });

  test.for(titled([direct(1, 1), direct(4, 8), small, ...(isThorough ? dots : [])]))(
    'in pieces: %s',
    async ([, shape]) => {
      await check(matmulCase(5, 6, 1100, { layout: 'nt', epilogue: withEverything('float32') }), always(shape, 3));
    },
  );

  test.for(['int32', 'uint8', 'float16', 'bool'] as const)('of %s', async (dtype) => {
    if (dtype === 'float16' && !backend.machine.features.f16) return;
    const options: MatmulOptions =
      dtype === 'bool' ? { dtype } : { dtype, epilogue: (sum) => sum.add(input(1, dtype)).add(input(2, dtype)) };
    for (const shape of [direct(4, 8), ...(isThorough ? [small, dot(1, 1)] : [])])
      await check(matmulCase(6, 9, 33, options), always(shape));
    await check(matmulCase(6, 9, 900, { ...options, layout: 'nt' }), always(direct(1, 1), 2));
  });

  test('with no depth is the epilogue of 0', async () => {
    const drawn = matmulCase(5, 7, 0, { epilogue: withEverything('float32') });
    for (const shape of [direct(1, 1), ...(isThorough ? [small, dot(1, 1)] : [])]) await check(drawn, always(shape));
  });

  test('of guarded factors', async () => {
    await check(matmulCase(12, 9, 8, { guards: true }));
  });

  const directions = ['forward', 'inputGradient', 'weightGradient'] as const;
  const shapes = [direct(4, 8), direct(1, 1), ...(isThorough ? [small, dot(1, 4)] : [])];
  test.for(directions.flatMap((direction) => shapes.map((shape) => [direction, title(shape), shape] as const)))(
    'conv, %s: %s',
    async ([direction, , shape]) => {
      await check(convCase(direction, { padding: 0 }), always(shape));
      await check(convCase(direction, { stride: 2, dilation: 2, kernel: [3, 2] }), always(shape));
    },
  );

  test('conv by tiles', () => check(convCase('forward', { stride: 2, dilation: 2, kernel: [3, 2] }), always(small)));

  test.for(directions)('conv of one and three dims, %s', async (direction) => {
    await check(convCase(direction, { image: [300], kernel: [5], n: 3, g: 1 }));
    await check(convCase(direction, { image: [5, 4, 6], kernel: [2, 3, 2], stride: 2, g: 1 }));
  });

  test.for(directions)('depthwise conv, %s', async (direction) => {
    await check(convCase(direction, { ci: 1, co: 1, g: 7, image: [12, 13], kernel: [3, 3] }));
    await check(convCase(direction, { ci: 1, co: 1, g: 3, image: [12, 13], kernel: [3, 3] }), always(direct(1, 1), 2));
  });

  test('a sequence that grows compiles nothing new', async () => {
    const { machine, queue } = backend;
    const runners = new Map<Program, ReturnType<typeof matmulRunner>>();
    const grow = async (k: number): Promise<void> => {
      const drawn = matmulCase(k, k, k, { layout: 'nt' });
      const runner = runners.get(drawn.program) ?? matmulRunner(drawn.program, machine, always(direct(4, 1)));
      runners.set(drawn.program, runner);
      await outcome(backend, drawn, (launch) => {
        machine.begin();
        runner(launch);
        machine.end();
      });
    };
    await grow(20);
    const compile = vi.spyOn(queue.device, 'createShaderModule');
    for (let k = 21; k < 40; k++) await grow(k);
    expect(compile).not.toHaveBeenCalled();
    expect(runners.size).toBe(1);
    await check(matmulCase(5, 5, 5, { layout: 'nt' }), always(direct(2, 3)));
    expect(compile).toHaveBeenCalledOnce();
    compile.mockRestore();
  });
});

/* oxlint-enable vitest/expect-expect */

describe('the schedule', () => {
  const features: Features = { f16: true, subgroupLanes: 32, software: false, workgroupThreads: 256, workgroupBytes: 32768, storageBuffers: 10, bindingBytes: 2 ** 31 }; // prettier-ignore
  const at = (m: number, n: number, k: number, own: Partial<Features> = {}): Schedule => {
    const factor = { start: 0, batch: [], lanes: [k], depth: { step: 1 }, isDeep: true };
    const end = { start: 0, batch: [], rows: [n], columns: [1] };
    const product = {
      batch: [],
      rows: [m],
      columns: [n],
      depth: k,
      a: factor,
      b: factor,
      ends: [end],
      isTurned: false,
    };
    return chooseSchedule(product, { ...features, ...own });
  };

  test('takes large tiles for large products', () => {
    expect(at(4096, 4096, 4096)).toMatchObject({ kind: 'tile', block: { rows: 8, columns: 8 }, slice: 16, pieces: 1 });
    expect(at(4096, 4096, 4096, { workgroupBytes: 16384 })).toMatchObject({ kind: 'tile', slice: 8 });
  });

  test('cuts a long depth under few sums, and covers all of it', () => {
    for (const depth of [5000, 50_176, 1_000_003]) {
      const { pieces, pieceDepth, kind, slice } = at(64, 288, depth);
      expect(kind).toBe('tile');
      expect(pieces).toBeGreaterThan(8);
      expect(pieceDepth % slice).toBe(0);
      expect(pieces * pieceDepth).toBeGreaterThanOrEqual(depth);
      expect((pieces - 1) * pieceDepth).toBeLessThan(depth);
    }
  });

  test('shares a dense depth where there are few rows', () => {
    expect(at(1, 4096, 4096)).toMatchObject({ kind: 'dot', block: { rows: 1, columns: 4 } });
  });

  test('has no barriers on adapters that are programs', () => {
    for (const size of [1, 4, 30, 500]) expect(at(size, size, 2000, { software: true }).kind).toBe('direct');
  });

  test('does not fill tiles with nothing', () => {
    expect(at(10, 10, 20).kind).toBe('direct');
  });
});
