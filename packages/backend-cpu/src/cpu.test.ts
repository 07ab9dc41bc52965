import { input, program, scalar, type Backend, type LoopProgram } from '@rushlight/core/kernel';
import { expect, test } from 'vitest';
import { cpu } from './cpu.ts';

const create = (options = {}): Backend => cpu(options).create() as Backend;

const scaled = program<LoopProgram>({
  kind: 'loop',
  rowRank: 1,
  columnRank: 0,
  inputs: [{ dtype: 'float32', strides: '1', guards: [] }],
  scalars: ['float32'],
  stages: [],
  outputs: [
    { dtype: 'float32', strides: '1', guards: [], per: 'element', expr: input(0, 'float32').mul(scalar(0, 'float32')) },
  ],
  checks: [],
});

function runScaled(backend: Backend, values: number[]): number[] {
  const [x, y] = [backend.allocate('float32', values.length), backend.allocate('float32', values.length)];
  backend.write(x, Float32Array.from(values));
  const operands = [x, y].map((buffer) => ({ buffer, offset: 0, strides: [1] }));
  backend.run({ program: scaled, sizes: [values.length], operands, scalars: [2] });
  return [...(backend.readSync?.(y, 0, values.length) ?? [])];
}

test('runs a loop with a scalar of the launch', () => {
  expect(runScaled(create(), [1, -2, 0.5])).toEqual([2, -4, 1]);
});

test('writes from the beginning on and reads a copy', async () => {
  const backend = create();
  const buffer = backend.allocate('int32', 5);
  backend.write(buffer, Int32Array.of(1, 2, 3, 4, 5));
  const data = Int32Array.of(8, 9);
  backend.write(buffer, data);
  data[0] = 0;
  const before = backend.read(buffer, 0, 3);
  backend.write(buffer, Int32Array.of(0, 0, 0, 0, 0));
  expect([...(await before)]).toEqual([8, 9, 3]);
});

test('allocates nothing, and more than a size class', () => {
  const backend = create();
  for (const length of [0, 1, 7, 8, 9, 1000, 1025]) {
    const buffer = backend.allocate('float64', length);
    expect(buffer.length).toBe(length);
    expect(backend.readSync?.(buffer, 0, length).length).toBe(length);
  }
});

test('counts memory, keeps what is freed and drops it on relieve', async () => {
  const backend = create();
  const buffer = backend.allocate('float32', 1024);
  expect(backend.memory()).toEqual({ liveBytes: 4096, liveBuffers: 1, pooledBytes: 0, pooledBuffers: 0 });
  backend.free(buffer);
  expect(backend.memory()).toEqual({ liveBytes: 0, liveBuffers: 0, pooledBytes: 4096, pooledBuffers: 1 });
  const again = backend.allocate('float32', 1000);
  expect(backend.memory()).toEqual({ liveBytes: 4096, liveBuffers: 1, pooledBytes: 0, pooledBuffers: 0 });
  backend.free(again);
  await backend.relieve();
  expect(backend.memory()).toEqual({ liveBytes: 0, liveBuffers: 0, pooledBytes: 0, pooledBuffers: 0 });
});

test('pools no more than a quarter of the budget', () => {
  const backend = create({ budget: 16384 });
  const buffers = [0, 1, 2].map(() => backend.allocate('float32', 512));
  for (const buffer of buffers) backend.free(buffer);
  expect(backend.memory().pooledBytes).toBe(4096);
});

test('says how much memory could not be had', () => {
  expect(() => create().allocate('float64', 2 ** 45)).toThrow(
    `cpu: no memory for 35184372088832 elements (281474976710656 bytes). Free tensors or use smaller batches.`,
  );
});

test('refuses buffers that are freed, foreign or of a disposed backend', async () => {
  const [backend, other] = [create(), create()];
  const buffer = backend.allocate('float32', 2);
  expect(() => other.readSync?.(buffer, 0, 2)).toThrow(
    'cpu: a float32 buffer of 2 elements belongs to another backend.',
  );
  const operands = [buffer, other.allocate('float32', 2)].map((b) => ({ buffer: b, offset: 0, strides: [1] }));
  expect(() => backend.run({ program: scaled, sizes: [2], operands, scalars: [2] })).toThrow(
    'belongs to another backend',
  );
  backend.free(buffer);
  expect(() => backend.free(buffer)).toThrow('cpu: a float32 buffer of 2 elements was freed before this use.');
  await expect(backend.read(buffer, 0, 2)).rejects.toThrow('was freed before this use');
  const late = backend.allocate('float32', 2);
  backend.dispose();
  expect(() => backend.write(late, Float32Array.of(1, 2))).toThrow(
    'cpu: the backend was disposed. Create another one.',
  );
  expect(() => backend.allocate('float32', 1)).toThrow('cpu: the backend was disposed. Create another one.');
});
