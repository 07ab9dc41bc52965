// What can go wrong: options out of range, an engine that lacks something, memory that runs out, code that is refused, a thread that dies.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { openBackend, ones, tensor, tidy, zeros, type Device } from '@rushlight/core';
import { DeviceLostError, OutOfMemoryError, type Backend } from '@rushlight/core/kernel';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Heap } from './heap.ts';
import { alone, Machine } from './machine.ts';
import { planBudget } from './plan-budget.ts';
import { openCrew } from './threads/index.ts';
import { Pool } from './threads/pool.ts';
import type { StartWorker } from './threads/start-worker.ts';
import { workerProgram } from './threads/worker-program.ts';
import { wasm, WasmBackend, type WasmOptions } from './wasm.ts';

const devices: Device[] = [];
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  for (const device of devices.splice(0)) device.dispose();
});

async function open(from: WasmOptions | Backend = { threads: 1, budget: 2 ** 26 }): Promise<Device> {
  const device = await openBackend('run' in from ? from : wasm(from));
  devices.push(device);
  return device;
}

describe('options', () => {
  test.each([0, -1, 1.5, 33, NaN])('threads: %d is out of range', async (threads) => {
    const message = `wasm: threads is ${threads}. Give a whole number from 1 to 32, or leave it out.`;
    await expect(open({ threads })).rejects.toThrow(new RangeError(message));
  });

  test.each([-1, NaN, Infinity, 2 ** 32 + 1])('budget: %d is out of range', async (budget) => {
    const message = `wasm: budget is ${budget}. Give a number of bytes, 4294967296 (4 GiB) at most.`;
    await expect(open({ budget })).rejects.toThrow(new RangeError(message));
  });

  test('importing and making a factory does nothing', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(wasm({ threads: 2 }).name).toBe('wasm');
  });
});

describe('memory', () => {
  test('a tensor larger than the budget is refused with both numbers', async () => {
    const device = await open({ threads: 1, budget: 1000 });
    expect(ones([100], { device }).sum().itemSync()).toBe(100);
    const large = (): unknown => ones([251], { device });
    expect(large).toThrow(OutOfMemoryError);
    expect(large).toThrow('wasm: 1004 bytes for one tensor are more than its budget of 1000.');
    expect(ones([100], { device }).sum().itemSync()).toBe(100);
  });

  test('what the memory cannot hold is refused with the numbers, and the rest goes on', async () => {
    const backend = await wasm({ threads: 1, budget: 0 }).create();
    expect(() => backend.allocate('float32', 2 ** 26)).toThrow(OutOfMemoryError);
    expect(() => backend.allocate('float32', 2 ** 26)).toThrow(
      /^wasm: no memory for 268435456 bytes: all of it is \d+\. Use smaller tensors/,
    );
    const buffer = backend.allocate('float32', 3);
    backend.write(buffer, Float32Array.of(1, 2, 3));
    expect(await backend.read(buffer, 0, 3)).toEqual(Float32Array.of(1, 2, 3));
    backend.dispose();
  });

  test('an engine that has no room for it says so when the backend is opened', async () => {
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function () {
      throw new RangeError('could not allocate memory');
    } as never);
    await expect(open({ threads: 1, budget: 2 ** 30 })).rejects.toThrow(
      'wasm: this engine has no room for a memory that may grow to 1476460544 bytes (RangeError: could not allocate memory). Give a smaller `budget`.',
    );
  });

  test('where nobody asked for a budget, a smaller one does', async () => {
    const { Memory } = WebAssembly;
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function (descriptor: WebAssembly.MemoryDescriptor) {
      if ((descriptor.maximum ?? 0) > 2 ** 13) throw new RangeError('could not allocate memory');
      return new Memory(descriptor);
    } as never);
    const device = await open({ threads: 1 });
    const { budget } = device.backend.limits;
    expect(budget).toBeGreaterThanOrEqual(2 ** 26);
    expect(budget).toBeLessThanOrEqual(2 ** 29);
    expect(device.description).toMatch(`; wasm: a budget of ${budget} bytes, since this engine has no room for more.`);
    expect(ones([9], { device }).sum().itemSync()).toBe(9);
  });

  test('a budget leaves room for what kernels need, and is a part of what a container may have', async () => {
    expect(await planBudget(2 ** 32)).toBe(2 ** 32 - 2 ** 27);
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(2 ** 28);
    expect(await planBudget()).toBe(2 ** 26);
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(0);
    expect(await planBudget()).toBeGreaterThan(2 ** 26);
  });

  test('more than the budget is spilled, and comes back', async () => {
    const device = await open({ threads: 1, budget: 2 ** 20 });
    const all = Array.from({ length: 10 }, (_, k) => ones([2 ** 16], { device }).mul(k));
    expect(device.memory().spilledBytes).toBeGreaterThan(0);
    expect(all.map((x) => x.mean().itemSync())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  // A row's scratch memory is 2 MiB, of which six threads would want 12, two rows take 4, and one thread takes 2.
  test.each([
    [2, 9],
    [6, 13],
  ])('sorting %d rows takes the memory that there is, %d MiB', async (rows, limit) => {
    const heap = new Heap({ limit: limit * 2 ** 20, shared: false });
    const crew = { ...alone, size: 6, run: () => expect.unreachable() };
    const machine = new Machine({ relaxed: false, wide: false }, heap, crew);
    const opened = { ...(await openCrew({ threads: 1, memory: heap.memory })), crew };
    const device = await open(new WasmBackend(machine, limit * 2 ** 20, opened, []));
    const length = 2 ** 17;
    const falling = Float32Array.from({ length: rows * length }, (_, k) => -k);
    const work = vi.spyOn(machine, 'run').mockImplementation((kernel, units) => {
      for (let k = units - 1; k >= 0; k--) kernel.run(machine.params, k, k + 1, machine['threads']);
    });
    const { values } = tensor(falling, { device }).reshape([rows, length]).sort(1);
    const rising = falling.map((_, k) => falling[Math.floor(k / length) * length + length - 1 - (k % length)] ?? 0);
    expect(values.dataSync()).toEqual(rising);
    expect(work.mock.calls.length).toBe(rows === 2 ? 1 : 0);
  });

  test('what a launch borrows is given back', async () => {
    const heap = new Heap({ limit: 2 ** 28, shared: false });
    const opened = await openCrew({ threads: 1, memory: heap.memory });
    const machine = new Machine({ relaxed: false, wide: false }, heap, opened.crew);
    const device = await open(new WasmBackend(machine, 2 ** 25, opened, []));
    const x = ones([300, 700], { device });
    const sizes = Array.from({ length: 20 }, () => {
      tidy(() => void x.t().matmul(x));
      return heap.memory.buffer.byteLength;
    });
    expect(sizes.at(-1)).toBe(sizes[2]);
  });
});

describe('a backend that was disposed', () => {
  test('lets go of its memory, though a tensor be held', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const { device, memory } = await (async () => {
      const heap = new Heap({ limit: 2 ** 25, shared: false });
      const opened = await openCrew({ threads: 1, memory: heap.memory });
      const machine = new Machine({ relaxed: false, wide: false }, heap, opened.crew);
      const device = await open(new WasmBackend(machine, 2 ** 24, opened, []));
      return { device, memory: new WeakRef(heap.memory) };
    })();
    const x = ones([30, 30], { device }).add(1);
    device.dispose();
    expect(device.memory()).toMatchObject({ liveBytes: 0, liveBuffers: 0, pooledBytes: 0, pooledBuffers: 0 });
    expect(device.description).toBe('1 thread, 128-bit vectors');
    await expect(device.backend.relieve()).rejects.toThrow('wasm: the backend was disposed. Create another one.');
    await vi.waitFor(() => {
      gc();
      expect(memory.deref() === undefined).toBe(true);
    });
    expect(() => x.exp()).toThrow('disposed');
  });
});

describe('an engine', () => {
  test('without WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    await expect(open()).rejects.toThrow('wasm: this engine has no WebAssembly. Use the cpu backend.');
  });

  test('without SIMD', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    await expect(open()).rejects.toThrow('wasm: this engine has WebAssembly without SIMD. Use the cpu backend.');
  });

  test('without relaxed SIMD computes with what there is', async () => {
    const validate = WebAssembly.validate.bind(WebAssembly);
    let calls = 0;
    vi.spyOn(WebAssembly, 'validate').mockImplementation((bytes) => calls++ === 0 && validate(bytes));
    const device = await open();
    expect(device.description).toBe('1 thread, 128-bit vectors');
    expect(
      ones([7, 9], { device })
        .matmul(ones([9, 7], { device }))
        .sum()
        .itemSync(),
    ).toBe(441);
  });

  test('that withholds shared memory computes with one thread, and says why', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const device = await open({ threads: 4, budget: 2 ** 26 });
    expect(device.description).toMatch(/^1 thread, .*; wasm: one thread, since memory cannot be shared here\. A page has to be served with "Cross-Origin-Opener-Policy: same-origin" and/); // prettier-ignore
    expect(
      ones([100, 100], { device })
        .matmul(ones([100], { device }))
        .sum()
        .itemSync(),
    ).toBe(1e4);
  });

  test.each<[string, () => Error]>([
    ['refuses', () => new WebAssembly.CompileError('WebAssembly.Module(): too strange @+120')],
    ['has no memory for', () => new RangeError('Out of memory')],
  ])('that %s a kernel: the error names it, and others still run', async (_what, fail) => {
    const device = await open();
    const x = zeros([5], { device });
    const sum = x.sum();
    const { Module } = WebAssembly;
    const refuse = vi.spyOn(WebAssembly, 'Module').mockImplementation(function () {
      throw fail();
    } as never);
    expect(() => x.cos()).toThrow(WebAssembly.CompileError);
    expect(() => x.cos()).toThrow(/^wasm: this engine does not compile the kernel of loop.*cos.*: \d+ bytes, (CompileError: WebAssembly.Module\(\): too strange @\+120|RangeError: Out of memory)\. Use the cpu backend instead/s); // prettier-ignore
    expect(() => ones([9, 9], { device }).matmul(ones([9, 9], { device }))).toThrow('does not compile the kernel of ');
    expect(x.sum().itemSync()).toBe(sum.itemSync());
    refuse.mockRestore();
    expect(WebAssembly.Module).toBe(Module);
    expect(x.cos().sum().itemSync()).toBe(5);
  });
});

describe('a thread that dies in its work', () => {
  /** It leaves the process when it runs a kernel. */
  const leaving: StartWorker = (start, { onUp, onEnd }) => {
    const worker = new Worker(
      `WebAssembly.Instance = function () { return { exports: { run: () => process.exit(3) } }; };
       const { workerData, parentPort } = require('node:worker_threads');
       (${workerProgram})(workerData, () => parentPort.postMessage(0));`,
      { eval: true, workerData: start },
    );
    worker.on('message', onUp).on('exit', (code) => onEnd(`it left with code ${code}`));
    return () => void worker.terminate();
  };

  test('loses the device: the call that met it and all later ones say so', async () => {
    const heap = new Heap({ limit: 2 ** 26, shared: true });
    const pool = new Pool({ threads: 2, memory: heap.memory, patience: 200 }, leaving);
    expect(await pool.started).toBeUndefined();
    const machine = new Machine({ relaxed: false, wide: false }, heap, pool, { awake: 0, asleep: 0, grain: 1 });
    const backend = new WasmBackend(
      machine,
      2 ** 25,
      { crew: pool, started: pool.started, lost: pool.lost, notes: pool.notes },
      [],
    );
    const device = await open(backend);
    const x = tensor(new Float32Array(40_000), { device }); // written, which takes no launch
    const work = (): void => {
      const until = performance.now() + 20_000;
      while (performance.now() < until) x.exp();
    };
    expect(work).toThrow(DeviceLostError);
    expect(() => backend.allocate('float32', 1)).toThrow(DeviceLostError); // at once
    const reason = /1 of 2 threads began work and gave no sign for \d+(\.\d+)? s: dead.*Open the backend again\./;
    expect(await backend.lost).toMatch(reason);
    expect(() => backend.allocate('float32', 1)).toThrow(DeviceLostError);
    expect(() => backend.allocate('float32', 1)).toThrow(reason);
    await expect(backend.finish()).rejects.toThrow(DeviceLostError);
    expect(() => x.exp()).toThrow(reason);
    await expect(x.data()).rejects.toThrow(reason);
    x.dispose();
  });
});
