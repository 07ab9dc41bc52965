// The definition of every kernel: one interpreter, plain loops, nothing fast. What it computes is right by decree;
// backends are compared with it. Floats are computed in float64 and rounded to their dtype when stored.

import {
  addressOf, binaryMeaning, castValue, comparisonMeaning, describe, dtypes, fromFloat16Bits, hostArray, integerBinary, isFloat,
  KernelCheckError, OutOfMemoryError, postorder, sizeOf, toFloat16Bits, unaryMeaning, wrap,
} from '../kernel/index.ts'; // prettier-ignore
import type {
  Backend, BackendFactory, BinaryOp, Buffer, ComparisonOp, ConvProgram, DType, Expr, GatherProgram, Launch, LoopProgram, MatmulProgram, Operand,
  Reduction, ScanProgram, ScatterProgram, SortProgram, TypedArray, UnaryOp,
} from '../kernel/index.ts'; // prettier-ignore

interface HostBuffer extends Buffer {
  readonly data: TypedArray;
}

const dataOf = (operand: Operand): TypedArray => (operand.buffer as HostBuffer).data;

function load(operand: Operand, at: readonly number[], extra = 0): number {
  const address = addressOf(operand, at);
  if (address < 0) return operand.fill ?? 0;
  return loadAt(operand, address + extra);
}

function loadAt(operand: Operand, address: number): number {
  const data = dataOf(operand);
  if (!(address >= 0 && address < data.length)) {
    throw new RangeError(`address ${address} is outside of a buffer of ${data.length}`);
  }
  const value = data[address] ?? 0;
  return operand.buffer.dtype === 'float16' ? fromFloat16Bits(value) : value;
}

function store(operand: Operand, at: readonly number[], value: number, extra = 0): void {
  const address = addressOf(operand, at) + extra;
  const data = dataOf(operand);
  if (!(address >= 0 && address < data.length)) {
    throw new RangeError(`address ${address} is outside of a buffer of ${data.length}`);
  }
  data[address] = operand.buffer.dtype === 'float16' ? toFloat16Bits(value) : value;
}

/** Calls `visit` for every position of a box, row-major, with its number. The box is the last dims of `at`, which begin and end at 0. */
function each(sizes: readonly number[], visit: (at: number[], n: number) => void, at = sizes.map(() => 0)): void {
  const total = sizeOf(sizes);
  const first = at.length - sizes.length;
  for (let n = 0; n < total; n++) {
    visit(at, n);
    for (let d = at.length - 1; d >= first; d--) {
      at[d] = (at[d] ?? 0) + 1;
      if ((at[d] ?? 0) < (sizes[d - first] ?? 0)) break;
      at[d] = 0;
    }
  }
}

/** What the leaves of an expression are at one position. */
interface Leaves {
  input(slot: number): number;
  readonly scalars: readonly number[];
  readonly stages: readonly number[];
  readonly positions: readonly number[];
  readonly row: number;
  column: number;
}

type Meaning = (x: number, y: number, z: number, leaves: Leaves) => number;

/** One operation of an expression, and which steps before it gave what it takes. */
interface Step {
  readonly dtype: DType;
  readonly meaning: Meaning;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

const stepsOf = new WeakMap<Expr, readonly Step[]>();

function toSteps(root: Expr): Step[] {
  const order = postorder([root]);
  const numbers = new Map(order.map((e, n) => [e, n]));
  return order.map((e) => {
    const [x = 0, y = 0, z = 0] = e.args.map((arg) => numbers.get(arg));
    return { dtype: e.dtype, meaning: meaningOf(e), x, y, z };
  });
}

function evaluate(root: Expr, leaves: Leaves): number {
  let steps = stepsOf.get(root);
  if (!steps) stepsOf.set(root, (steps = toSteps(root)));
  const values: number[] = [];
  for (const { dtype, meaning, x, y, z } of steps) {
    values.push(wrap(meaning(values[x] ?? 0, values[y] ?? 0, values[z] ?? 0, leaves), dtype));
  }
  return values[values.length - 1] ?? NaN;
}

function meaningOf({ op, value, dtype }: Expr): Meaning {
  switch (op) {
    case 'constant':
      return () => value;
    case 'input':
      return (_x, _y, _z, leaves) => leaves.input(value);
    case 'scalar':
      return (_x, _y, _z, leaves) => leaves.scalars[value] ?? NaN;
    case 'stage':
      return (_x, _y, _z, leaves) => leaves.stages[value] ?? NaN;
    case 'position':
      return (_x, _y, _z, leaves) => leaves.positions[value] ?? -1;
    case 'index':
      return (_x, _y, _z, leaves) => (value === 0 ? leaves.row : leaves.column);
    case 'select':
      return (x, y, z) => (x ? y : z);
    case 'cast':
      return (x) => castValue(x, dtype);
    case 'detach':
    case 'override':
      return (x) => x;
    default:
      if (Object.hasOwn(unaryMeaning, op)) return unaryMeaning[op as UnaryOp];
      if (Object.hasOwn(comparisonMeaning, op)) return (x, y) => Number(comparisonMeaning[op as ComparisonOp](x, y));
      if (isFloat(dtype)) return binaryMeaning[op as BinaryOp];
      return (x, y) => integerBinary(op as BinaryOp, x, y);
  }
}

const lowest = (dtype: DType): number =>
  describe(dtype).kind === 'float' ? -Infinity : dtype === 'int32' ? -2147483648 : 0;
const highest = (dtype: DType): number =>
  describe(dtype).kind === 'float' ? Infinity : dtype === 'int32' ? 2147483647 : dtype === 'uint8' ? 255 : 1;

/** What a reduction over nothing gives. */
function identity(reduce: Reduction, dtype: DType): number {
  if (reduce === 'sum') return 0;
  if (reduce === 'prod') return 1;
  return reduce === 'max' || reduce === 'argmax' ? lowest(dtype) : highest(dtype);
}

/** Whether `value` replaces `best`: NaN wins over numbers, and of equals the first stays. */
function wins(larger: boolean, value: number, best: number): boolean {
  if (Number.isNaN(best)) return false;
  return Number.isNaN(value) || (larger ? value > best : value < best);
}

function combine(reduce: Reduction, dtype: DType, total: number, value: number): number {
  if (reduce === 'sum') return wrap(total + value, dtype);
  if (reduce === 'prod') return describe(dtype).kind === 'float' ? total * value : wrap(Math.imul(total, value), dtype);
  return wins(reduce === 'max' || reduce === 'argmax', value, total) ? value : total;
}

function runLoop(launch: Launch<LoopProgram>): void {
  const { program: p, sizes, operands, scalars } = launch;
  const columns = sizes.slice(p.rowRank);
  const outputs = operands.slice(p.inputs.length);
  each(sizes.slice(0, p.rowRank), (rowAt, row) => {
    const stages: number[] = [];
    const positions: number[] = [];
    const at = [...rowAt, ...columns.map(() => 0)];
    const input = (slot: number): number => load(operands[slot] as Operand, at);
    const leaves: Leaves = { input, scalars, stages, positions, row, column: 0 };
    const eachColumn = (visit: (column: number) => void): void => {
      const move = (_at: number[], column: number): void => {
        leaves.column = column;
        visit(column);
      };
      each(columns, move, at);
      leaves.column = 0;
    };
    const check = (per: 'row' | 'element', position: number): void => {
      p.checks.forEach((c, k) => {
        if (c.per !== per || !evaluate(c.fails, leaves)) return;
        throw new KernelCheckError(launch, { check: k, value: evaluate(c.value, leaves), position });
      });
    };
    /** All outputs are computed before one is stored: they may update what they read. */
    const write = (per: 'row' | 'element'): void => {
      const values = p.outputs.map((o) => (o.per === per ? evaluate(o.expr, leaves) : 0));
      p.outputs.forEach((o, k) => {
        if (o.per === per) store(outputs[k] as Operand, at, castValue(values[k] ?? NaN, o.dtype));
      });
    };
    p.stages.forEach(({ reduce, expr }, k) => {
      let total = identity(reduce, expr.dtype);
      let found = -1;
      eachColumn((column) => {
        const value = evaluate(expr, leaves);
        if (found < 0 || wins(reduce === 'argmax', value, total)) found = column;
        total = combine(reduce, expr.dtype, total, value);
      });
      stages[k] = total;
      positions[k] = found;
    });
    check('row', row);
    const width = sizeOf(columns);
    eachColumn((column) => {
      check('element', row * width + column);
      write('element');
    });
    write('row');
  });
}

/** One more product in a sum; those of integers wrap, and pass 2^53 on the way. */
function addProduct(dtype: DType, sum: number, x: number, y: number): number {
  return combine('sum', dtype, sum, combine('prod', dtype, x, y));
}

/** The epilogue of matmul and conv: `sum` is input 0, the extra operands follow. */
function finishSum(
  p: MatmulProgram | ConvProgram,
  sum: number,
  extras: readonly Operand[],
  at: readonly number[],
  scalars: readonly number[],
): number {
  // prettier-ignore
  const input = (slot: number): number => (slot === 0 ? sum : load(extras[slot - 1] as Operand, at));
  return castValue(
    evaluate(p.epilogue, { input, scalars, stages: [], positions: [], row: 0, column: 0 }),
    p.output.dtype,
  );
}

function runMatmul({ program: p, sizes, operands, scalars }: Launch<MatmulProgram>): void {
  const [a, b] = operands as [Operand, Operand];
  const extras = operands.slice(2, -1);
  const out = operands[operands.length - 1] as Operand;
  const { dtype } = a.buffer;
  const depth = sizes[sizes.length - 1] ?? 0;
  each(sizes.slice(0, -1), (at) => {
    let sum = 0;
    const here = [...at, 0];
    each([depth], () => void (sum = addProduct(dtype, sum, load(a, here), load(b, here))), here);
    store(out, here, finishSum(p, sum, extras, here, scalars));
  });
}

function runConv({ program: p, sizes, operands, scalars, geometry }: Launch<ConvProgram>): void {
  if (!geometry) throw new TypeError('conv: the launch has no geometry.');
  const s = p.spatial;
  const [n = 0, g = 0, ci = 0, co = 0] = sizes;
  const [image, kernel, out] = [sizes.slice(4, 4 + s), sizes.slice(4 + s, 4 + 2 * s), sizes.slice(4 + 2 * s)];
  const shapes = { x: [n, g, ci, ...image], w: [g, co, ci, ...kernel], y: [n, g, co, ...out] };
  const [written, first, second] = {
    forward: ['y', 'x', 'w'],
    inputGradient: ['x', 'w', 'y'],
    weightGradient: ['w', 'x', 'y'],
  }[p.direction] as ['x' | 'w' | 'y', 'x' | 'w' | 'y', 'x' | 'w' | 'y'];
  const sums = new Float64Array(sizeOf(shapes[written]));
  // Every triple of positions that meet, straight from the definition of the trilinear form.
  each([n, g, ci, co, ...kernel, ...out], (at) => {
    const [bn = 0, bg = 0, bi = 0, bo = 0] = at;
    const k = at.slice(4, 4 + s);
    const o = at.slice(4 + s);
    const i = o.map(
      (v, d) => v * (geometry.stride[d] ?? 1) + (k[d] ?? 0) * (geometry.dilation[d] ?? 1) - (geometry.padding[d] ?? 0),
    );
    if (i.some((v, d) => v < 0 || v >= (image[d] ?? 0))) return;
    const where = { x: [bn, bg, bi, ...i], w: [bg, bo, bi, ...k], y: [bn, bg, bo, ...o] };
    const flat = where[written].reduce((sum, v, d) => sum * (shapes[written][d] ?? 1) + v, 0);
    const [a, b] = operands as [Operand, Operand];
    sums[flat] = addProduct(a.buffer.dtype, sums[flat] ?? 0, load(a, where[first]), load(b, where[second]));
  });
  const extras = operands.slice(2, -1);
  each(shapes[written], (at, flat) => {
    store(operands[operands.length - 1] as Operand, at, finishSum(p, sums[flat] ?? 0, extras, at, scalars));
  });
}

/** The address that indices add, after checking them. */
function indexedOffset(
  launch: Launch<GatherProgram | ScatterProgram>,
  at: readonly number[],
  position: number,
): number {
  let offset = 0;
  (launch.indexed ?? []).forEach(({ size, stride }, k) => {
    const value = load(launch.operands[k + 1] as Operand, at);
    const wrapped = launch.program.wrap && value < 0 ? value + size : value;
    if (wrapped < 0 || wrapped >= size) throw new KernelCheckError(launch, { check: k, value, position });
    offset += wrapped * stride;
  });
  return offset;
}

function runGather(launch: Launch<GatherProgram>): void {
  const source = launch.operands[0] as Operand;
  const out = launch.operands[launch.operands.length - 1] as Operand;
  each(launch.sizes, (at, n) => store(out, at, load(source, at, indexedOffset(launch, at, n))));
}

function runScatter(launch: Launch<ScatterProgram>): void {
  const source = launch.operands[0] as Operand;
  const out = launch.operands[launch.operands.length - 1] as Operand;
  const { dtype } = out.buffer;
  const reductions = { add: 'sum', mul: 'prod', max: 'max', min: 'min' } as const;
  const { reduce } = launch.program;
  each(launch.sizes, (at, n) => {
    const extra = indexedOffset(launch, at, n);
    const value = load(source, at);
    store(
      out,
      at,
      reduce === 'set' ? value : castValue(combine(reductions[reduce], dtype, load(out, at, extra), value), dtype),
      extra,
    );
  });
}

function runScan({ program: p, sizes, operands }: Launch<ScanProgram>): void {
  const [source, out, positions] = operands as [Operand, Operand, Operand | undefined];
  each(sizes.slice(0, -1), (rowAt) => {
    let total = identity(p.reduce, p.input.dtype);
    let found = 0;
    for (let k = 0; k < (sizes[sizes.length - 1] ?? 0); k++) {
      const at = [...rowAt, k];
      const value = load(source, at);
      // Unlike a stage, of equals and of NaN the last wins (as torch.cummax).
      if (k === 0 || value === total || Number.isNaN(value) || wins(p.reduce === 'max', value, total)) found = k;
      total = combine(p.reduce, p.input.dtype, total, value);
      store(out, at, castValue(total, out.buffer.dtype));
      if (positions) store(positions, at, found);
    }
  });
}

function runSort({ program: p, sizes, operands }: Launch<SortProgram>): void {
  const [source, values, positions] = operands as [Operand, Operand, Operand];
  const compare = (x: number, y: number): number =>
    Number.isNaN(x) || Number.isNaN(y) ? Number(Number.isNaN(x)) - Number(Number.isNaN(y)) : x < y ? -1 : Number(x > y);
  each(sizes.slice(0, -1), (rowAt) => {
    const row = Array.from({ length: sizes[sizes.length - 1] ?? 0 }, (_, k) => ({
      k,
      value: load(source, [...rowAt, k]),
    }));
    row.sort((x, y) => (p.descending ? compare(y.value, x.value) : compare(x.value, y.value)));
    row.forEach(({ k, value }, to) => {
      store(values, [...rowAt, to], value);
      store(positions, [...rowAt, to], k);
    });
  });
}

function run(launch: Launch): void {
  switch (launch.program.kind) {
    case 'loop':
      return runLoop(launch as Launch<LoopProgram>);
    case 'matmul':
      return runMatmul(launch as Launch<MatmulProgram>);
    case 'conv':
      return runConv(launch as Launch<ConvProgram>);
    case 'gather':
      return runGather(launch as Launch<GatherProgram>);
    case 'scatter':
      return runScatter(launch as Launch<ScatterProgram>);
    case 'scan':
      return runScan(launch as Launch<ScanProgram>);
    case 'sort':
      return runSort(launch as Launch<SortProgram>);
    default:
      launch.program satisfies never;
  }
}

/** The reference backend: slow, and right. */
export function reference(options: { budget?: number } = {}): BackendFactory {
  return { name: 'reference', create: () => createReference(options.budget ?? Infinity) };
}

function allocateHost(dtype: DType, length: number): TypedArray {
  try {
    return hostArray(dtype, length);
  } catch (cause) {
    throw new OutOfMemoryError(`reference: the host has no room for ${length} elements of ${dtype}.`, { cause });
  }
}

function createReference(budget: number): Backend {
  let liveBytes = 0;
  const live = new Set<Buffer>();
  let disposed = false;
  const dataIn = (buffer: Buffer): TypedArray => {
    if (!live.has(buffer)) throw new Error('reference: this buffer was freed, or is another backend’s.');
    return (buffer as HostBuffer).data;
  };
  const readSync = (buffer: Buffer, offset: number, length: number): TypedArray =>
    dataIn(buffer).slice(offset, offset + length);
  return {
    name: 'reference',
    limits: { dtypes, budget },
    allocate(dtype, length) {
      if (disposed) throw new Error('reference: the backend was disposed. Create another one.');
      const data = allocateHost(dtype, length);
      // Contents are undefined by contract: make that show.
      data.fill(describe(dtype).kind === 'float' && dtype !== 'float16' ? NaN : 0x7f);
      const buffer: HostBuffer = { dtype, length, data };
      live.add(buffer);
      liveBytes += data.byteLength;
      return buffer;
    },
    free(buffer) {
      liveBytes -= dataIn(buffer).byteLength;
      live.delete(buffer);
    },
    write: (buffer, data) => dataIn(buffer).set(data),
    read: async (buffer, offset, length) => readSync(buffer, offset, length),
    readSync,
    run(launch) {
      for (const { buffer } of launch.operands) dataIn(buffer);
      run(launch);
    },
    finish: () => Promise.resolve(),
    relieve: () => Promise.resolve(),
    memory: () => ({ liveBytes, liveBuffers: live.size, pooledBytes: 0, pooledBuffers: 0 }),
    dispose() {
      disposed = true;
      liveBytes = 0;
      live.clear();
    },
    lost: new Promise(() => {}),
  };
}
