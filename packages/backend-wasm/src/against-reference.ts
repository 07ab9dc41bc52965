// For tests: runs launches on a machine of one thread, or of three whose turns are mixed up, and by `reference()`.

import type { DrawnLaunch, DrawnOperand } from '@rushlight/backend-testkit/tools';
import { fromFloat16Bits, KernelCheckError, type Backend, type Buffer, type Launch, type Operand, type OperandType, type Program, type TypedArray } from '@rushlight/core/kernel'; // prettier-ignore
import { checked, reference } from '@rushlight/core/testing';
import { Heap, type Views } from './heap.ts';
import { alone, Machine, threadBlock, type Crew } from './machine.ts';
import { makeRunner } from './runners.ts';
import { elementBytes, WasmBuffer } from './wasm-buffer.ts';

/** Every third chunk is the next thread's; the last thread begins. */
const mixed: Crew = {
  size: 3,
  awake: true,
  run(kernel, params, units, chunk, threads) {
    for (const thread of [2, 0, 1]) {
      for (let from = thread * chunk; from < units; from += 3 * chunk)
        kernel.run(params, from, Math.min(units, from + chunk), threads + thread * threadBlock.size);
    }
  },
  dispose: () => {},
};

const definition = (await checked(reference()).create()) as Backend & Required<Pick<Backend, 'readSync'>>;

type Outcome = readonly (readonly number[])[] | { readonly check: number; readonly value: number; readonly position: number }; // prettier-ignore

/** The operands without what tests alone know of them. */
const operandsOf = (drawn: readonly DrawnOperand[], buffers: readonly Buffer[]): Operand[] =>
  drawn.map(({ offset, strides, guards, fill }, k) => {
    const buffer = buffers[k] as Buffer;
    return guards ? { buffer, offset, strides, guards, fill: fill ?? 0 } : { buffer, offset, strides };
  });

function outcomeOf(run: () => TypedArray[], types: readonly OperandType[]): Outcome {
  try {
    return run().map((data, k) => Array.from(data, types[k]?.dtype === 'float16' ? fromFloat16Bits : Number));
  } catch (error) {
    if (!(error instanceof KernelCheckError)) throw error;
    const { check, value, position } = error;
    return { check, value, position };
  }
}

class Bench {
  readonly name: string;
  private readonly heap = new Heap({ limit: 2 ** 28, shared: false });
  private readonly machine: Machine;
  private readonly runners = new Map<Program, (launch: Launch) => void>();

  constructor(name: string, crew: Crew) {
    this.name = name;
    this.machine = new Machine({ relaxed: true, wide: false }, this.heap, crew);
  }

  run({ operands: drawn, ...launch }: DrawnLaunch): TypedArray[] {
    const { heap, runners } = this;
    const buffers = drawn.map(({ type, data }) => {
      const buffer = new WasmBuffer(
        type.dtype,
        data.length,
        heap.allocate(data.length * elementBytes(type.dtype)),
        this,
      );
      view(heap.views, buffer).set(data);
      return buffer;
    });
    const operands = operandsOf(drawn, buffers);
    let runner = runners.get(launch.program);
    if (!runner) runners.set(launch.program, (runner = makeRunner(launch.program, this.machine)));
    try {
      runner({ ...launch, operands });
      return buffers.map((buffer) => view(heap.views, buffer).slice());
    } finally {
      for (const { address } of buffers) heap.release(address);
    }
  }
}

function view({ f32, f64, i32, u16, u8 }: Views, { dtype, length, address }: WasmBuffer): TypedArray {
  const whole = { float32: f32, float64: f64, float16: u16, int32: i32, uint8: u8, bool: u8 }[dtype];
  const start = address / elementBytes(dtype);
  return whole.subarray(start, start + length);
}

const benches = [new Bench('one thread', alone), new Bench('three threads', mixed)];

/** With −0, NaN and infinities, which JSON does not have. */
const textOf = (outcome: Outcome): string =>
  JSON.stringify(outcome, (_key, x) => (Object.is(x, -0) ? '-0' : Number.isFinite(x) || typeof x === 'object' ? x : `${x}`)); // prettier-ignore

/** What comes out differently than defined: the contents of a buffer afterwards, or the check that failed. */
export function differences(drawn: DrawnLaunch): object[] {
  const types = drawn.operands.map(({ type }) => type);
  const expected = outcomeOf(() => {
    const buffers = drawn.operands.map(({ type, data }) => {
      const buffer = definition.allocate(type.dtype, data.length);
      definition.write(buffer, data);
      return buffer;
    });
    definition.run({ ...drawn, operands: operandsOf(drawn.operands, buffers) });
    return buffers.map((buffer) => definition.readSync(buffer, 0, buffer.length));
  }, types);
  return benches.flatMap((bench) => {
    const actual = outcomeOf(() => bench.run(drawn), types);
    const of = `${drawn.program.key} of [${drawn.sizes}], ${bench.name}`;
    return textOf(actual) === textOf(expected) ? [] : [{ of, actual, expected }];
  });
}
