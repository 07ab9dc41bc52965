import { contiguousStrides, input, program, type Backend, type Launch, type LoopProgram } from '@rushlight/core/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Profiler } from './profiler.ts';
import { whyNoDriver } from './testing/driver.ts';
import { openWebGpu, type WebGpuBackend } from './webgpu.ts';

describe.skipIf(whyNoDriver() !== undefined)('on a device', () => {
  let backend: WebGpuBackend;
  beforeAll(async () => {
    backend = await openWebGpu({});
  });
  afterAll(() => backend.dispose());

  const double = program<LoopProgram>({
    kind: 'loop',
    rowRank: 1,
    columnRank: 0,
    inputs: [{ dtype: 'float32', strides: '1', guards: [] }],
    scalars: [],
    stages: [],
    outputs: [
      {
        dtype: 'float32',
        strides: '1',
        guards: [],
        per: 'element',
        expr: input(0, 'float32').add(input(0, 'float32')),
      },
    ],
    checks: [],
  });

  function doubling(on: Backend, length: number): Launch<LoopProgram> & { readonly result: () => Promise<unknown> } {
    const strides = contiguousStrides([length]);
    const [from, to] = [on.allocate('float32', length), on.allocate('float32', length)];
    on.write(
      from,
      Float32Array.from({ length }, (_, k) => k),
    );
    const operands = [from, to].map((buffer) => ({ buffer, offset: 0, strides }));
    return {
      program: double,
      sizes: [length],
      operands,
      scalars: [],
      result: async () => [...(await on.read(to, 0, length))],
    };
  }

  test('each kernel has its time, in the order of the launches', async () => {
    const [before, first, second, after] = [3, 5, 8, 4].map((length) => doubling(backend, length));
    if (!before || !first || !second || !after) throw new Error('four were made');
    backend.run(before);
    const stop = backend.profile();
    backend.run(first);
    backend.run(second);
    const stopped = stop();
    backend.run(after);
    const { kernels = [] } = await stopped;
    expect(kernels.map(({ launch }) => [first, second].findIndex((one) => one === launch))).toEqual([0, 1]);
    for (const { label, duration } of kernels) {
      expect(label).toContain('loop by');
      expect(duration).toBeGreaterThanOrEqual(0);
    }
    const [one, other] = kernels;
    expect(other?.start).toBeGreaterThanOrEqual(one?.start ?? Infinity);
    expect(kernels.some(({ duration }) => duration > 0)).toBe(true);
    for (const launch of [before, first, second, after])
      expect(await launch.result()).toEqual(Array.from({ length: launch.sizes[0] ?? 0 }, (_, k) => 2 * k));
  });

  test('a second profile has its own kernels', async () => {
    const launch = doubling(backend, 4);
    const stop = backend.profile();
    for (let k = 0; k < 3; k++) backend.run(launch);
    expect((await stop()).kernels).toHaveLength(3);
    const again = backend.profile();
    expect(await again()).toEqual({ kernels: [] });
    expect(await launch.result()).toEqual([0, 2, 4, 6]);
  });

  test('kernels of several submissions', async () => {
    const launch = doubling(backend, 4);
    const stop = backend.profile();
    for (let k = 0; k < 600; k++) backend.run(launch);
    const { kernels = [] } = await stop();
    expect(kernels).toHaveLength(600);
    expect(kernels.every(({ duration, start }) => duration >= 0 && start >= 0)).toBe(true);
  });

  test('a backend that was disposed does not begin one', async () => {
    const gone = await openWebGpu({});
    gone.dispose();
    expect(() => gone.profile()).toThrow('webgpu: the backend was disposed. Create another one.');
  });
});

/** A device whose clock says what it is told to, and that counts what of it was not given back. */
class FakeDevice {
  readonly features: ReadonlySet<string>;
  left = 0;
  private readonly times: bigint[];

  constructor(times: readonly bigint[], features: readonly string[] = ['timestamp-query']) {
    this.times = [...times];
    this.features = new Set(features);
  }

  private made<T extends object>(thing: T): T & { destroy(): void } {
    this.left++;
    return { ...thing, destroy: () => void this.left-- };
  }

  createQuerySet({ count }: { readonly count: number }): object {
    if (count > 4096) throw new RangeError(`a query set of ${count}`);
    return this.made({});
  }

  createBuffer({ size }: { readonly size: number }): object {
    const { times } = this;
    return this.made({
      mapAsync: async () => {},
      getMappedRange: () => BigUint64Array.from(times.splice(0, size / 8)).buffer,
    });
  }
}

interface Resolved {
  readonly first: number;
  readonly count: number;
  readonly to: number;
}

/** Has so many passes timed in one submission, and tells what they came to. */
async function timed(
  fake: FakeDevice,
  passes: number,
): Promise<{ times: Awaited<ReturnType<Profiler['times']>>; resolved: Resolved[] }> {
  const resolved: Resolved[] = [];
  const encoder = {
    resolveQuerySet: (_: unknown, first: number, count: number, __: unknown, to: number) =>
      resolved.push({ first, count, to }),
    copyBufferToBuffer: () => {},
  };
  const profiler = new Profiler(fake as unknown as GPUDevice);
  const places: string[] = [];
  for (let k = 0; k < passes; k++) {
    const { beginningOfPassWriteIndex: begin, endOfPassWriteIndex: end } = profiler.pass(`kernel ${k}`, undefined);
    places.push(`${begin} ${end}`);
  }
  expect(places.slice(0, 2048)).toEqual(places.slice(0, 2048).map((_, k) => `${2 * k} ${2 * k + 1}`));
  expect(places.slice(2048)).toEqual(places.slice(0, Math.max(0, passes - 2048)));
  profiler.close(encoder as unknown as GPUCommandEncoder);
  profiler.submitted();
  return { times: await profiler.times(), resolved };
}

describe('times', () => {
  test('are milliseconds from the first, and nothing is left behind', async () => {
    const fake = new FakeDevice([7_000_001n, 8_000_001n, 8_500_001n, 8_500_124n, 9_000_001n, 9_000_000n]);
    const { times } = await timed(fake, 3);
    expect(times.kernels).toEqual([
      { label: 'kernel 0', launch: undefined, start: 0, duration: 1 },
      { label: 'kernel 1', launch: undefined, start: 1.5, duration: 0.000123 },
      { label: 'kernel 2', launch: undefined, start: 2, duration: 0 }, // of a clock that went back
    ]);
    expect(times.note).toBeUndefined();
    expect(fake.left).toBe(0);
  });

  test('of many passes come from several query sets, resolved one after the other', async () => {
    const fake = new FakeDevice(Array.from({ length: 2 * 2050 }, (_, k) => BigInt(1000 * k + (k % 7))));
    const { times, resolved } = await timed(fake, 2050);
    expect(resolved).toEqual([
      { first: 0, count: 4096, to: 0 },
      { first: 0, count: 4, to: 32768 },
    ]);
    expect(times.kernels?.at(-1)).toMatchObject({ label: 'kernel 2049', start: (4098 * 1000 + (4098 % 7)) / 1e6 });
    expect(fake.left).toBe(0);
  });

  test('that are rounded are told to be', async () => {
    const step = 65_536n;
    const { times } = await timed(new FakeDevice([3n, 5n, 5n, 6n, 6n, 9n].map((n) => n * step)), 3);
    expect(times.note).toBe('times are rounded to 0.065536 ms, so that single ones say little');
    expect(times.kernels?.map(({ duration }) => duration)).toEqual([2, 1, 3].map((n) => (n * 65_536) / 1e6));
  });

  test('are not to be had of an adapter without a clock, and nothing is asked of it', async () => {
    const profiler = new Profiler(new FakeDevice([], []) as unknown as GPUDevice);
    expect(profiler.timed()).toBeUndefined();
    expect(await profiler.times()).toEqual({
      kernels: undefined,
      note: 'this adapter has no clock (timestamp-query): times are those of queueing the kernels',
    });
  });
});
