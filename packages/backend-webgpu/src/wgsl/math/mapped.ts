// The operations as they stand, in a kernel of their own: arrays mapped through one, for measuring its errors.

import { binaryMeaning, binaryOps, hostArray, unaryMeaning, unaryOps, type BinaryOp, type DType, type TypedArray, type UnaryOp } from '@rushlight/core/kernel'; // prettier-ignore
import type { WebGpuBackend } from '../../webgpu.ts';
import { GpuBuffer } from '../../gpu-buffer.ts';
import type { Features } from '../../features.ts';
import { applyBinary, applyUnary } from '../operations.ts';
import { Shader } from '../shader.ts';

export type MathOp = UnaryOp | BinaryOp;

const has = <T extends object>(table: T, key: PropertyKey): key is keyof T => Object.hasOwn(table, key);

/** What the reference says of an operation, in float64. */
export const meaning = (op: MathOp): ((x: number, y: number) => number) =>
  has(unaryMeaning, op) ? unaryMeaning[op] : binaryMeaning[op];

export const arity = (op: MathOp): 1 | 2 => (unaryOps.some((name) => name === op) ? 1 : 2);

/** A term of the values of the operands. */
export type Formula = (shader: Shader<number>, ...values: readonly string[]) => string;

export const formula = (op: MathOp, dtype: DType): Formula =>
  has(unaryMeaning, op)
    ? (shader, x = '') => applyUnary(shader, op, dtype, x)
    : (shader, x = '', y = '') => applyBinary(shader, binaryOps.find((name) => name === op) ?? 'add', dtype, x, y);

const threads = 64;

/** The formula of elements of one dtype, all of one length, as elements of another. `features` are what the formula is told of the device. */
export async function mapped(
  backend: WebGpuBackend,
  write: Formula,
  operands: readonly TypedArray[],
  from: DType,
  to: DType,
  features: Partial<Features> = {},
): Promise<TypedArray> {
  const length = operands[0]?.length ?? 0;
  const shader = new Shader<number>({ ...backend.machine.features, ...features }, threads);
  const count = shader.word('u32', (n) => n);
  shader.push(`let at = group * ${threads}u + lane;`, `if (at >= ${count}) { return; }`);
  const values = operands.map(() => shader.let(shader.buffer(from, 'read').load('at')));
  const result = shader.buffer(to, 'write');
  shader.push(result.store('at', shader.let(write(shader, ...values))));
  const kernel = shader.finish('mapped');
  const buffers = operands.map((data) => {
    const buffer = backend.allocate(from, length);
    backend.write(buffer, data);
    return buffer;
  });
  const output = backend.allocate(to, length);
  const own = [...buffers, output].filter((buffer) => buffer instanceof GpuBuffer);
  const { machine } = backend;
  machine.begin();
  machine.dispatch(kernel, length, own, Math.ceil(length / threads));
  machine.end();
  try {
    return length === 0 ? hostArray(to, 0) : await backend.read(output, 0, length);
  } finally {
    for (const buffer of own) backend.free(buffer);
  }
}
