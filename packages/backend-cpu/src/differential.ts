// Random launches, run by both ways of making code and by `reference()`, which must agree to the bit.

import fc from 'fast-check';
import {
  addressOf,
  hostArray,
  isFloat,
  KernelCheckError,
  sizeOf,
  toFloat16Bits,
  guardClasses,
} from '@rushlight/core/kernel';
import type { Backend, DType, Guard, Launch, Operand, OperandType, TypedArray, View } from '@rushlight/core/kernel';
import { reference } from '@rushlight/core/testing';
import { cpu } from './cpu.ts';

const backends = (await Promise.all(
  [reference(), cpu({ codegen: 'function' }), cpu({ codegen: 'closures' })].map((factory) => factory.create()),
)) as [Backend, Backend, Backend];

/** Draws from fast-check, so that a failing case can be replayed. */
export class Draw {
  private readonly value: fc.GeneratorValue;

  constructor(value: fc.GeneratorValue) {
    this.value = value;
  }

  int(min: number, max: number): number {
    return this.value(fc.integer, { min, max });
  }
  chance(percent: number): boolean {
    return this.int(1, 100) <= percent;
  }
  of<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }
  list<T>(min: number, max: number, make: (k: number) => T): T[] {
    return Array.from({ length: this.int(min, max) }, (_, k) => make(k));
  }
}

/** Numbers of a dtype as its host array holds them. */
function fill(draw: Draw, dtype: DType, length: number): TypedArray {
  const data = hostArray(dtype, length);
  const special = draw.chance(30);
  // A cheap sequence from one drawn seed: drawing every element would take most of the time.
  let state = draw.int(1, 2 ** 31 - 2);
  const next = (n: number): number => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
  for (let i = 0; i < length; i++) {
    let value = (next(33) - 16) / 4;
    if (special && next(6) === 0) value = [NaN, Infinity, -Infinity, -0, 0][next(5)] ?? 0;
    if (dtype === 'int32') value = special && next(4) === 0 ? next(2147483647) * (next(2) ? 1 : -1) : next(21) - 10;
    if (dtype === 'uint8') value = next(256);
    if (dtype === 'bool') value = next(2);
    data[i] = dtype === 'float16' ? toFloat16Bits(value) : value;
  }
  return data;
}

export interface DrawnOperand {
  readonly type: OperandType;
  readonly view: View;
  readonly data: TypedArray;
}

interface OperandOptions {
  /** The dims that end a group: only there a stride of 1 is a class of its own. */
  readonly ends: readonly number[];
  readonly moves: readonly boolean[];
  /** Then no two positions share an address. */
  readonly written?: boolean;
  readonly guards?: boolean;
}

/** A view over `box` that moves along the dims where `moves` says so. */
export function drawOperand(draw: Draw, dtype: DType, box: readonly number[], options: OperandOptions): DrawnOperand {
  const { ends, moves, written = false } = options;
  const strides = box.map(() => 0);
  const dims = box.flatMap((_, d) => (moves[d] ? [d] : [])).toReversed();
  let step = draw.chance(80) ? 1 : 2;
  while (dims.length) {
    const [d = 0] = dims.splice(draw.chance(60) ? 0 : draw.int(0, dims.length - 1), 1);
    strides[d] = step * (draw.chance(15) ? -1 : 1);
    const overlap = !written && draw.chance(10);
    step = overlap ? step : step * Math.max(1, box[d] ?? 1) + (draw.chance(20) ? 1 : 0);
  }
  const last = box.length - 1;
  const guards = options.guards
    ? draw.list(1, 2, (): Guard => {
        const coefficients = box.map((_, d) => (draw.chance(50) ? draw.int(-2, 2) : Number(d === last)));
        const step = draw.chance(60) ? 1 : draw.int(1, 3);
        return { coefficients, start: draw.int(-3, 3), step, size: draw.int(0, 6), stride: draw.int(-3, 5) };
      })
    : [];
  if (guards.length && last >= 0 && draw.chance(70)) strides[last] = 0;
  const far = 1 << 20;
  const [low, high] = addresses({ offset: far, strides, guards }, box);
  const slack = draw.int(0, 2);
  const letter = (s: number, d: number): string =>
    s === 0 ? '0' : s === 1 && ends.includes(d) && draw.chance(90) ? '1' : 's';
  return {
    type: { dtype, guards: guardClasses(guards), strides: strides.map(letter).join('') },
    view: {
      offset: far - low + slack,
      strides,
      ...(guards.length > 0 && { guards, fill: draw.of(isFloat(dtype) ? [0, 1, -2, -Infinity] : [0, 1]) }),
    },
    data: fill(draw, dtype, high - low + 1 + slack + draw.int(0, 2)),
  };
}

/** Calls `visit` for every position of a box. */
function positions(box: readonly number[], visit: (at: readonly number[]) => void): void {
  const at = box.map(() => 0);
  for (let n = sizeOf(box); n > 0; n--) {
    visit(at);
    for (let d = box.length - 1; d >= 0; d--) {
      at[d] = ((at[d] ?? 0) + 1) % (box[d] ?? 1);
      if (at[d] !== 0) break;
    }
  }
}

/** The lowest and highest address of a view; a row with no columns is stored at its first column all the same. */
function addresses(view: View, box: readonly number[]): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  positions(
    box.map((size) => Math.max(size, 1)),
    (at) => {
      const address = addressOf(view, at);
      if (address >= 0) [low, high] = [Math.min(low, address), Math.max(high, address)];
    },
  );
  return low <= high ? [low, high] : [view.offset, view.offset];
}

/** Whether no two positions share an address. */
export function isDisjoint(view: View, box: readonly number[]): boolean {
  const seen = new Set<number>();
  const moving = box.map((size, d) => (view.strides[d] ? size : 1));
  positions(moving, (at) => seen.add(addressOf(view, at)));
  return seen.size === sizeOf(moving);
}

type DrawnLaunch = Omit<Launch, 'operands'>;

/** What a backend makes of a launch: the contents of every buffer, or the check that failed. */
function outcome(
  backend: Backend,
  launch: DrawnLaunch,
  drawn: readonly DrawnOperand[],
  sharing: readonly number[],
): unknown {
  const buffers = drawn.map(({ type, data }) => {
    const buffer = backend.allocate(type.dtype, data.length);
    backend.write(buffer, data);
    return buffer;
  });
  const operands = drawn.map(({ view }, k) => ({ ...view, buffer: buffers[sharing[k] ?? k] }) as Operand);
  try {
    backend.run({ ...launch, operands });
  } catch (error) {
    if (!(error instanceof KernelCheckError)) throw error;
    return { check: error.check, value: error.value, position: error.position };
  }
  const results = buffers.map((buffer) => [...(backend.readSync?.(buffer, 0, buffer.length) ?? [])]);
  for (const buffer of buffers) backend.free(buffer);
  return results;
}

/** A launch; operand k is the buffer of drawn operand sharing[k], by default its own. */
export interface Case {
  readonly launch: DrawnLaunch;
  readonly operands: readonly DrawnOperand[];
  readonly sharing?: readonly number[];
}

export function sizes(draw: Draw, rank: number, limit = 400): number[] {
  let rest = limit;
  return Array.from({ length: rank }, () => {
    const size = draw.chance(4) ? 0 : draw.chance(10) ? 1 : draw.chance(8) ? draw.int(20, 300) : draw.int(2, 7);
    const taken = Math.min(rest, size);
    rest = Math.max(1, Math.floor(rest / Math.max(1, taken)));
    return taken;
  });
}

/** Runs what is drawn everywhere: `verify` compares what each way of making code gives with what the reference does. */
export function property(
  drawCase: (draw: Draw) => Case,
  numRuns: number,
  verify: (actual: unknown, expected: unknown) => void,
): void {
  const run = (value: fc.GeneratorValue): void => {
    const { launch, operands, sharing = operands.map((_, k) => k) } = drawCase(new Draw(value));
    const [expected, ...actual] = backends.map((backend) => outcome(backend, launch, operands, sharing));
    // With a name, so that a difference says where it is.
    const of = `${launch.program.key} of ${launch.sizes}`;
    for (const result of actual) verify({ of, result }, { of, result: expected });
  };
  fc.assert(fc.property(fc.gen(), run), { numRuns });
}
