import {
  input, KernelCheckError, program,
  type Buffer as Memory, type GatherProgram, type Launch, type LoopProgram, type OperandType,
} from '@rushlight/core/kernel'; // prettier-ignore
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BlockPool } from './block-pool.ts';
import { Failures } from './failures.ts';
import { GpuBuffer, type Block } from './gpu-buffer.ts';
import { whyNoDriver } from './testing/driver.ts';
import { openWebGpu, type WebGpuBackend } from './webgpu.ts';

const dense: OperandType = { dtype: 'float32', strides: '1', guards: [] };
const addOne = program<LoopProgram>({
  kind: 'loop',
  rowRank: 1,
  columnRank: 0,
  inputs: [dense],
  scalars: [],
  stages: [],
  outputs: [{ ...dense, per: 'element', expr: input(0, 'float32').add(1) }],
  checks: [],
});

describe.skipIf(whyNoDriver() !== undefined)('on a device', () => {
  let backend: WebGpuBackend;
  beforeAll(async () => {
    backend = await openWebGpu({});
  });
  afterAll(() => backend.dispose());

  test('what is kept for combinations of buffers is bounded, however many there are', async () => {
    const count = 70;
    const buffers = Array.from({ length: count }, () => backend.allocate('float32', 2));
    const strides = [1];
    buffers.forEach((buffer, k) => backend.write(buffer, Float32Array.of(k, -k)));
    const expected = buffers.map((_, k) => k);
    for (const [to, target] of buffers.entries()) {
      for (const [from, source] of buffers.entries()) {
        if (from === to) continue;
        const operands = [source, target].map((buffer) => ({ buffer, offset: 0, strides }));
        backend.run({ program: addOne, sizes: [1], operands, scalars: [] });
        expected[to] = (expected[from] ?? 0) + 1;
      }
    }
    const found = await Promise.all(buffers.map(async (buffer) => (await backend.read(buffer, 0, 2))[0]));
    expect(found).toEqual(expected);
    const kept = buffers.reduce((sum, buffer) => sum + (buffer instanceof GpuBuffer ? buffer.block.groups.size : 0), 0);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThanOrEqual(2 * 4096);
    expect(count * (count - 1)).toBeGreaterThan(4096);
  });

  const launched = (from: Memory, to: Memory): Launch => ({
    program: addOne,
    sizes: [1],
    operands: [from, to].map((buffer) => ({ buffer, offset: 0, strides: [1] })),
    scalars: [],
  });

  test('however long it runs, nothing is kept of what went well', async () => {
    const buffer = backend.allocate('float32', 1);
    backend.write(buffer, Float32Array.of(5));
    for (let k = 0; k < 3; k++) expect(await backend.read(buffer, 0, 1)).toEqual(Float32Array.of(5));
    expect(await backend.queue['outcome']).toBeUndefined();
  });

  test('what went wrong is told to all who wait, and once', async () => {
    const [x, y] = [backend.allocate('float32', 2), backend.allocate('float32', 2)] as [GpuBuffer, GpuBuffer];
    for (const buffer of [x, y]) backend.write(buffer, Float32Array.of(1, 2));
    backend.queue.copy(x.block, 2 ** 20, y.block.gpu, 0, 4); // there is nothing so far behind
    const waiting = [backend.read(x, 0, 2), backend.read(y, 0, 2), backend.finish()];
    const outcomes = await Promise.allSettled(waiting);
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome.value));
    expect(reasons[0]).toBeInstanceOf(Error);
    expect(reasons[1]).toBe(reasons[0]);
    expect(reasons[2]).toBe(reasons[0]);
    expect(await backend.read(y, 0, 2)).toEqual(Float32Array.of(1, 2));
  });

  test('a large tensor is read in parts, whose buffers are not kept', async () => {
    const length = 2 ** 23 + 2 ** 21 + 3;
    const data = Int32Array.from({ length }, (_, k) => k * 7);
    const buffer = backend.allocate('int32', length);
    backend.write(buffer, data);
    const made = vi.spyOn(backend.queue.device, 'createBuffer');
    const told = await backend.read(buffer, 1, length - 1);
    const sizes = made.mock.calls.map(([{ size }]) => size);
    made.mockRestore();
    expect(Buffer.compare(Buffer.from(told.buffer), Buffer.from(data.buffer, 4))).toBe(0);
    expect(Math.max(...sizes)).toBeLessThan(2 ** 25 + 2 ** 12);
    const kept = [...backend['stagings'].values()].flat();
    expect(kept.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(2 ** 24);
    backend.free(buffer);
  });

  test('memory that threads share can be written from', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(16), 4, 2);
    shared.set([3, 4]);
    const buffer = backend.allocate('float32', 2);
    backend.write(buffer, shared);
    expect(await backend.read(buffer, 0, 2)).toEqual(Float32Array.of(3, 4));
  });

  test('more buffers than the adapter binds are refused, with both numbers', () => {
    const most = backend.limits.buffers ?? 0;
    const inputs = Array.from({ length: most }, () => dense);
    const sum = inputs.map((_, k) => input(k, 'float32')).reduce((x, y) => x.add(y));
    const adding = program<LoopProgram>({
      kind: 'loop',
      rowRank: 1,
      columnRank: 0,
      inputs,
      scalars: [],
      stages: [],
      outputs: [{ ...dense, per: 'element', expr: sum }],
      checks: [],
    });
    const operands = Array.from({ length: most + 1 }, () => ({ buffer: backend.allocate('float32', 1), offset: 0, strides: [1] })); // prettier-ignore
    expect(() => backend.run({ program: adding, sizes: [1], operands, scalars: [] })).toThrow(
      `names ${most + 1} buffers, of which this adapter binds ${most}. Use fewer operands.`,
    );
  });

  test('launches that threw before they were queued leave room for others', () => {
    backend.queue.submit();
    const places = Array.from({ length: 5000 }, () => backend.queue.parameters(4));
    expect(Math.max(...places)).toBeLessThan(2 ** 20);
  });

  test('a loop that reads nothing hears of a failed check', async () => {
    const type: OperandType = { dtype: 'int32', strides: '1', guards: [] };
    const lookup = program<GatherProgram>({
      kind: 'gather',
      rank: 1,
      wrap: false,
      inputs: [{ ...type, strides: '0' }, type],
      output: type,
    });
    const [source, index, out] = [0, 1, 2].map(() => backend.allocate('int32', 1)) as [Memory, Memory, Memory];
    backend.write(index, Int32Array.of(4));
    const launch: Launch = {
      program: lookup,
      sizes: [1],
      operands: [source, index, out].map((buffer, k) => ({ buffer, offset: 0, strides: [k === 0 ? 0 : 1] })),
      scalars: [],
      indexed: [{ size: 1, stride: 1 }],
    };
    const loop = async (): Promise<void> => {
      for (let k = 0; k < 600; k++) {
        backend.run(launch);
        await backend.keepUp();
      }
    };
    const error: unknown = await loop().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KernelCheckError);
    expect(error).toMatchObject({ launch, value: 4 });
  });

  test('who waits for a device that is gone waits no more', async () => {
    const gone = await openWebGpu({});
    const [x, y] = [gone.allocate('float32', 1), gone.allocate('float32', 1)];
    const never = vi.spyOn(gone.queue.device.queue, 'onSubmittedWorkDone').mockReturnValue(new Promise(() => {}));
    for (let k = 0; k < 6; k++) {
      gone.run(launched(x, y));
      gone.queue.submit();
    }
    const waiting = gone.keepUp();
    gone.dispose();
    expect(await waiting).toBeUndefined();
    never.mockRestore();
  });
});

describe('the pool', () => {
  /** A pool whose blocks are numbers, of a device that has memory for some alone. */
  function poolOf(): { pool: BlockPool; refuse: (() => void)[]; destroyed: number[] } {
    const refuse: (() => void)[] = [];
    const destroyed: number[] = [];
    const maker = {
      largest: 4096,
      make: (_: number, isVoid: () => void) => ({ number: refuse.push(isVoid) }) as unknown as GPUBuffer,
      destroy: (block: Block) => void destroyed.push(block.id),
    };
    return { pool: new BlockPool(maker, 2 ** 20), refuse, destroyed };
  }

  test('hands out none that the device had no memory for', () => {
    for (const isBackBefore of [true, false]) {
      const { pool, refuse, destroyed } = poolOf();
      const [waiting, bad] = [pool.take(256), pool.take(256)];
      pool.give(waiting);
      if (isBackBefore) pool.give(bad);
      refuse[bad.id - 1]?.();
      if (!isBackBefore) pool.give(bad);
      expect(destroyed.toSorted()).toEqual([waiting.id, bad.id]);
      expect(pool.take(256).id).toBe(3);
      expect([pool.pooledBytes, pool.pooledBlocks]).toEqual([0, 0]);
    }
  });
});

test('of launches whose outcome nobody asks for a bounded number is remembered', () => {
  const failures = new Failures({} as Block);
  const launch: Launch = { program: addOne, sizes: [1], operands: [], scalars: [] };
  for (let serial = 1; serial <= 2 ** 15; serial++) failures.add(serial, launch);
  expect(failures['launches'].size).toBeLessThanOrEqual(2 ** 14);
});
