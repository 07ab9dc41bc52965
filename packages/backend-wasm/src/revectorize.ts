// V8 can compile pairs of neighbouring 128-bit operations to single ones of 256 bits, where it is told to by a flag, which is experimental
// and the whole process's. So it is tried first: products and exponentials, long enough for the optimising compiler to
// have had its turn, must come out right, and faster than without pairs; and small programs of every dtype must go on giving what they
// gave before they were optimised.

import {
  dtypes, erf, exp, floor, input, isFloat, log, maximum, program, select, sqrt, tanh, fromFloat16Bits, toFloat16Bits,
  type DType, type Expr, type LoopProgram, type MatmulProgram, type Operand, type TypedArray,
} from '@rushlight/core/kernel'; // prettier-ignore
import type { Features } from './features.ts';
import { Heap } from './heap.ts';
import { loopRunner } from './loop-runner.ts';
import { alone, Machine } from './machine.ts';
import { matmulRunner } from './product/matmul.ts';
import { nodeModule } from './threads/node-module.ts';
import { elementBytes, WasmBuffer } from './wasm-buffer.ts';

interface V8 {
  setFlagsFromString(flags: string): void;
}

const flag = 'experimental-wasm-revectorize';
/** The first V8 that knows the flag: an older one would complain on the terminal. */
const firstVersion = 12;
const size = 192;
/** Milliseconds after which code has been optimised, and for which the two variants then run in turn, so many times at most. */
const warming = 60;
const timing = 8;
/** Milliseconds for small programs, after which most have been optimised. */
const sampling = 45;
const most = 24;
/** How much faster it has to be: less is noise. */
const gain = 1.25;

const type = (strides: string) => ({ dtype: 'float32' as const, strides, guards: [] });
const product = program<MatmulProgram>({
  kind: 'matmul',
  batchRank: 0,
  inputs: [type('s01'), type('01s')],
  scalars: [],
  epilogue: input(0, 'float32'),
  output: type('s10'),
});
const exponentials = program<LoopProgram>({
  kind: 'loop',
  rowRank: 1,
  columnRank: 0,
  inputs: [type('1')],
  scalars: [],
  stages: [],
  outputs: [{ ...type('1'), per: 'row', expr: exp(input(0, 'float32')) }],
  checks: [],
});

/** Small integers, so that sums of products are exact. */
const small = (k: number): number => ((k * 37) % 11) - 5;

class Trial {
  private readonly machine: Machine;
  private readonly launch;
  private readonly run;
  private readonly runExponentials;
  private readonly operands: readonly Operand[];

  constructor(features: Features) {
    this.machine = new Machine(features, new Heap({ limit: 2 ** 23, shared: false }), alone);
    const length = size * size;
    const buffers = [0, 1, 2].map(
      () => new WasmBuffer('float32', length, this.machine.heap.allocate(4 * length), this),
    );
    const { f32 } = this.machine.heap.views;
    buffers.slice(0, 2).forEach(({ address }, b) => {
      for (let k = 0; k < length; k++) f32[address / 4 + k] = small(k + 5 * b);
    });
    const strides = [[size, 0, 1], [0, 1, size], [size, 1, 0]]; // prettier-ignore
    this.operands = buffers.map((buffer, k) => ({ buffer, offset: 0, strides: strides[k] ?? [] }));
    this.launch = { program: product, sizes: [size, size, size], operands: this.operands, scalars: [] };
    this.run = matmulRunner(product, this.machine);
    this.runExponentials = loopRunner(exponentials, this.machine);
  }

  /** Multiplies for so many milliseconds; how many times a second that went. */
  multiply(milliseconds: number): number {
    const start = performance.now();
    let count = 0;
    let now = start;
    for (; now - start < milliseconds; now = performance.now()) {
      this.run(this.launch);
      count++;
    }
    return (1000 * count) / (now - start);
  }

  private read(k: number): Float32Array {
    const { buffer } = this.operands[k] as Operand;
    const { address, length } = buffer as WasmBuffer;
    return this.machine.heap.views.f32.slice(address / 4, address / 4 + length);
  }

  /** Whether the product at hand is the right one. */
  get isExact(): boolean {
    const [a, b, c] = [this.read(0), this.read(1), this.read(2)];
    for (let k = 0; k < c.length; k += 7) {
      const [row, column] = [Math.floor(k / size), k % size];
      let sum = 0;
      for (let d = 0; d < size; d++) sum += (a[row * size + d] ?? 0) * (b[d * size + column] ?? 0);
      if (sum !== c[k]) return false;
    }
    return true;
  }

  /** Whether exponentials come out right, when their code has been optimised too. */
  get isTranscendental(): boolean {
    const [from, , to] = this.operands as [Operand, Operand, Operand];
    const operands = [from, to].map((operand) => ({ ...operand, strides: [1] }));
    const start = performance.now();
    while (performance.now() - start < warming / 2)
      this.runExponentials({ program: exponentials, sizes: [size * size], operands, scalars: [] });
    const [x, y] = [this.read(0), this.read(2)];
    return y.every((value, k) => Math.abs(value / Math.exp(x[k] ?? 0) - 1) < 1e-6);
  }
}

/** Groups of operations, on every dtype that has them. */
const everywhere: ((x: Expr) => Expr)[] = [(x) => x.mul(x).add(x.mul(3)), (x) => select(x.lt(2), maximum(x, 1), x)];
const ofFloats: ((x: Expr) => Expr)[] = [(x) => x.div(3).sub(floor(x)), (x) => log(sqrt(x).add(1))];
const ofFloat32: ((x: Expr) => Expr)[] = [exp, tanh, erf];

const odd = [NaN, Infinity, -Infinity];
const oddLength = 997;

/** Small programs, whose results may not change when V8 optimises them: the code that it makes first knows no pairs. */
class Samples {
  private readonly heap = new Heap({ limit: 2 ** 21, shared: false });
  private readonly machine: Machine;
  private readonly runs: { readonly run: () => void; readonly result: () => string; readonly first: string }[] = [];

  constructor(features: Features) {
    this.machine = new Machine(features, this.heap, alone);
    for (const dtype of dtypes) {
      const special = isFloat(dtype) ? ofFloats : [];
      if (dtype === 'bool') continue;
      for (const f of [...everywhere, ...special, ...(dtype === 'float32' ? ofFloat32 : [])]) this.add(dtype, f);
    }
  }

  private add(dtype: DType, f: (x: Expr) => Expr): void {
    const { heap } = this;
    const bytes = oddLength * elementBytes(dtype);
    const [from, to] = [0, 1].map(() => new WasmBuffer(dtype, oddLength, heap.allocate(bytes), this)) as [
      WasmBuffer,
      WasmBuffer,
    ];
    const start = from.address / elementBytes(dtype);
    for (let k = 0; k < oddLength; k++) {
      const x = isFloat(dtype) && k % 50 < 3 ? (odd[k % 50] ?? 0) : value(k);
      this.view(from)[start + k] = dtype === 'float16' ? toFloat16Bits(x) : x;
    }
    const sample = program<LoopProgram>({
      ...exponentials,
      inputs: [{ ...type('1'), dtype }],
      outputs: [{ ...type('1'), dtype, per: 'row', expr: f(input(0, dtype)) }],
    });
    const runner = loopRunner(sample, this.machine);
    const operands = [from, to].map((buffer) => ({ buffer, offset: 0, strides: [1] }));
    const run = (): void => runner({ program: sample, sizes: [oddLength], operands, scalars: [] });
    // As text, in which all NaN are equal: the bits of one differ from compiler to compiler.
    const result = (): string => {
      const start = to.address / elementBytes(dtype);
      const found = [...this.view(to).subarray(start, start + oddLength)];
      return (dtype === 'float16' ? found.map(fromFloat16Bits) : found).join();
    };
    run();
    this.runs.push({ run, result, first: result() });
  }

  private view({ dtype }: WasmBuffer): TypedArray {
    const { f32, f64, i32, u16, u8 } = this.heap.views;
    return { float64: f64, float32: f32, int32: i32, uint8: u8, bool: u8, float16: u16 }[dtype];
  }

  /** Runs them for so many milliseconds, in turn. */
  repeat(milliseconds: number): void {
    const start = performance.now();
    while (performance.now() - start < milliseconds) for (const { run } of this.runs) run();
  }

  get areSteady(): boolean {
    this.repeat(1);
    return this.runs.every(({ result, first }) => result() === first);
  }
}

/** Within what exp of float32 does not overflow, and beyond. */
const value = (k: number): number => ((k * 37) % 181) - 90 + (k % 3) / 3;

interface Process {
  readonly versions?: { readonly v8?: string };
  readonly execArgv?: readonly string[];
  readonly env?: { readonly NODE_OPTIONS?: string };
}

/** The process's, as the flag is. */
let tried: Promise<string | undefined> | undefined;

/** Sets the flag and tries it, once in a process: undefined where it helps, else why not, with the flag as it was. */
export function revectorize(relaxed: boolean): Promise<string | undefined> {
  return (tried ??= tryFlag(relaxed));
}

async function tryFlag(relaxed: boolean): Promise<string | undefined> {
  const { process } = globalThis as { process?: Process };
  const v8 = await nodeModule<V8>('node:v8');
  if (!v8 || Number.parseInt(process?.versions?.v8 ?? '0', 10) < firstVersion) return 'this engine has no such option';
  const given = [...(process?.execArgv ?? []), process?.env?.NODE_OPTIONS ?? ''].join(' ').replaceAll('_', '-');
  v8.setFlagsFromString(`--${flag}`);
  const why = await outcome(relaxed).catch((error: unknown) => `its trial failed (${String(error)})`);
  // What the user has set stays.
  if (why !== undefined && !given.includes(`--${flag}`)) v8.setFlagsFromString(`--no-${flag}`);
  return why;
}

async function outcome(relaxed: boolean): Promise<string | undefined> {
  const [plain, wide] = [new Trial({ relaxed, wide: false }), new Trial({ relaxed, wide: true })];
  const samples = new Samples({ relaxed, wide: true });
  for (const trial of [plain, wide]) trial.multiply(warming / 2);
  samples.repeat(sampling);
  // Background compilation may need the core; what is measured is what comes after.
  await new Promise((resolve) => setTimeout(resolve, 5));
  // In turn, and again while there is doubt: other processes want the cores too.
  let [slow, fast, rounds] = [0, 0, 0];
  while (fast <= gain * slow && rounds++ < most) {
    slow = Math.max(slow, plain.multiply(timing));
    fast = Math.max(fast, wide.multiply(timing));
  }
  if (!wide.isExact || !wide.isTranscendental || !samples.areSteady) return 'the results were wrong here';
  return fast > gain * slow ? undefined : 'it made nothing faster here';
}
