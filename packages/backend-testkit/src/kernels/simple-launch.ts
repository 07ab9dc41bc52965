// The smallest launch there is, and what tests of a backend's own duties say about results.

import { describe, hostArray, input, isFloat, program, toFloat16Bits } from '@rushlight/core/kernel';
import type { Backend, Buffer, DType, Launch, LoopProgram, TypedArray } from '@rushlight/core/kernel';
import type { Harness } from '../harness.ts';

/** Around the widths of vectors and workgroups, and past them. */
export const lengths = [0, 1, 2, 3, 5, 7, 8, 9, 63, 64, 65, 257, 1031] as const;

/** Different numbers that every dtype holds. */
export function ramp(dtype: DType, length: number): TypedArray {
  const data = hostArray(dtype, length);
  for (let k = 0; k < length; k++) {
    const value = describe(dtype).kind === 'bool' ? (k + 1) % 2 : isFloat(dtype) ? (k % 251) + 0.5 : (k % 251) + 1;
    data[k] = dtype === 'float16' ? toFloat16Bits(value) : value;
  }
  return data;
}

const type = { dtype: 'float32', strides: '1', guards: [] } as const;
const x = input(0, 'float32');

/** y = x + 1 on float32. With `check`: fails where x is NaN. */
const addOne = (check = false): LoopProgram =>
  program<LoopProgram>({
    kind: 'loop',
    rowRank: 1,
    columnRank: 0,
    inputs: [type],
    scalars: [],
    stages: [],
    outputs: [{ ...type, per: 'row', expr: x.add(1) }],
    checks: check ? [{ per: 'row', fails: x.isNaN(), value: x }] : [],
  });

export function add1(backend: Backend, from: Buffer, to: Buffer, check = false): Launch {
  const operands = [from, to].map((buffer) => ({ buffer, offset: 0, strides: [1] }));
  const launch = { program: addOne(check), sizes: [from.length], operands, scalars: [] };
  backend.run(launch);
  return launch;
}

/** Runs a test on a backend of its own, and ends it. */
export async function anyBackend({ create }: Harness, test: (backend: Backend) => Promise<void>): Promise<void> {
  const backend = await create();
  try {
    await test(backend);
  } finally {
    backend.dispose();
  }
}

/** Throws where two lists differ. */
export function equal(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const [a, e] = [Array.from(actual), Array.from(expected)];
  const at = e.findIndex((value, k) => !Object.is(value, a[k]));
  if (a.length !== e.length || at >= 0) throw new Error(`${what}: [${a}] should be [${e}]; they differ at ${at}.`);
}

/** Throws where `act` does neither throw nor reject; returns what it threw. */
export async function fails(what: string, act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: it should fail and did not.`);
}
