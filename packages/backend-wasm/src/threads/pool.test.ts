import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker as NodeWorker } from 'node:worker_threads';
import { DeviceLostError } from '@rushlight/core/kernel';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { threadBlock, type Crew } from '../machine.ts';
import { busy, scaling, scene, sharedHeap, spoiled, type Scene } from './example-kernels.ts';
import { openCrew } from './open-crew.ts';
import { planThreads } from './plan-threads.ts';
import { Pool } from './pool.ts';
import { workerStarter, type StartWorker } from './start-worker.ts';
import { workerProgram } from './worker-program.ts';

const crews: Crew[] = [];
afterEach(() => {
  for (const crew of crews.splice(0)) crew.dispose();
  vi.unstubAllGlobals();
});

const heapOf = sharedHeap;

/** A crew whose threads are all up. */
async function crewOf(threads: number, heap = heapOf()): Promise<Scene & { crew: Crew }> {
  const { crew, started } = await openCrew({ threads, memory: heap.memory });
  crews.push(crew);
  expect(await started).toBeUndefined();
  return { crew, ...scene(crew, heap) };
}

/** The same with something to say in how workers are started. */
async function poolOf(
  threads: number,
  change: (start: StartWorker) => StartWorker,
  patience = 1500, // a busy machine keeps the living waiting, too
): Promise<Scene & { pool: Pool }> {
  const heap = heapOf();
  const pool = new Pool({ threads, memory: heap.memory, patience }, change((await workerStarter()) as StartWorker));
  crews.push(pool);
  return { pool, ...scene(pool, heap) };
}

/** Runs jobs until each of `size` threads has taken part in one. */
function allTakePart({ heap, machine, threads, run }: Scene, size: number): boolean {
  const kernel = busy({ heap, machine, threads, run });
  heap.views.i32[machine.params / 4] = 100_000;
  const mark = (k: number): number => (threads + k * threadBlock.size + 32) / 4;
  for (let k = 0; k < size; k++) heap.views.f32[mark(k)] = 0;
  for (let tries = 0; tries < 2000; tries++) {
    run(kernel, 4 * size, 1);
    if (Array.from({ length: size }, (_, k) => heap.views.f32[mark(k)]).every((x) => x !== 0)) return true;
  }
  return false;
}

/** Floats of memory, and where they are. */
function floats({ heap }: Scene, n: number): { at: number; values: () => Float32Array } {
  const at = heap.allocate(4 * n);
  return { at, values: () => heap.views.f32.subarray(at / 4, at / 4 + n) };
}

test.each([1, 2, 3, 5])('%d threads give what one gives, in chunks of any size', async (threads) => {
  const at = await crewOf(threads);
  for (const [units, chunk] of [
    [1, 1],
    [2, 1],
    [7, 2],
    [7, 100],
    [64, 3],
    [1000, 1],
    [1001, 64],
  ] as const) {
    // prettier-ignore
    const [x, y] = [floats(at, units * 64), floats(at, units * 64)];
    x.values().forEach((_, k, all) => (all[k] = Math.sin(k)));
    y.values().fill(0);
    at.run(scaling(at, x.at, y.at, 3), units, chunk);
    at.run(scaling(at, x.at, y.at, 0.5, 1), units, chunk);
    const expected = x.values().map((v) => Math.fround(Math.fround(v * 3) + Math.fround(Math.fround(v * 0.5) + 1)));
    expect(y.values()).toEqual(expected);
    at.heap.release(x.at);
    at.heap.release(y.at);
  }
});

test('every thread takes part', async () => {
  const at = await crewOf(4);
  expect(allTakePart(at, 4)).toBe(true);
});

test('20,000 small jobs in a row do each unit once', async () => {
  const at = await crewOf(3);
  const [x, y] = [floats(at, 8 * 64), floats(at, 8 * 64)];
  x.values().fill(1);
  y.values().fill(0);
  const kernel = scaling(at, x.at, y.at, 1);
  for (let k = 0; k < 20_000; k++) at.run(kernel, 8, 1);
  expect(y.values().every((v) => v === 20_000)).toBe(true);
});

test('threads that are not up yet are not waited for', async () => {
  const at = await poolOf(3, () => () => () => {});
  const [x, y] = [floats(at, 640), floats(at, 640)];
  x.values().fill(2);
  y.values().fill(0);
  at.run(scaling(at, x.at, y.at, 1), 10, 1);
  expect(y.values().every((v) => v === 2)).toBe(true);
  expect(at.pool.awake).toBe(false);
});

test('more kernels than a worker keeps, met in any order', async () => {
  const at = await crewOf(2);
  const [x, y] = [floats(at, 640), floats(at, 640)];
  x.values().fill(1);
  const kernels = Array.from({ length: 1200 }, (_, k) => scaling(at, x.at, y.at, k));
  for (const [order, pick] of [(k: number) => k, (k: number) => (k * 7) % 1200, (k: number) => k >> 3].entries()) {
    for (let k = 0; k < 1200; k++) {
      y.values().fill(0);
      const chosen = pick(k);
      at.run(kernels[chosen]!, 10, 1);
      expect(
        y.values().every((v) => v === chosen),
        `order ${order}, kernel ${chosen}`,
      ).toBe(true);
    }
  }
});

test('memory that grows between jobs', async () => {
  const at = await crewOf(3);
  expect(allTakePart(at, 3)).toBe(true);
  for (let bytes = 1 << 20; bytes <= 1 << 26; bytes *= 4) {
    const before = at.heap.memory.buffer.byteLength;
    const [x, y] = [floats(at, bytes / 4), floats(at, bytes / 4)];
    expect(at.heap.memory.buffer.byteLength).toBeGreaterThan(before);
    x.values().fill(3);
    y.values().fill(1);
    at.run(scaling(at, x.at, y.at, 2), bytes / 256, 16);
    expect(y.values().every((v) => v === 7)).toBe(true);
    expect(allTakePart(at, 3)).toBe(true);
  }
});

test('two pools at once', async () => {
  const [one, two] = await Promise.all([crewOf(2), crewOf(3)]);
  const counters = [one, two].map((at) => {
    const [x, y] = [floats(at, 640), floats(at, 640)];
    x.values().fill(1);
    y.values().fill(0);
    return { at, y, kernel: scaling(at, x.at, y.at, 1) };
  });
  for (let k = 0; k < 3000; k++) for (const { at, kernel } of counters) at.run(kernel, 10, 1);
  for (const { y } of counters) expect(y.values().every((v) => v === 3000)).toBe(true);
});

test('another process wants the cores', async () => {
  const hogs = [0, 1].map(() =>
    spawn(process.execPath, ['-e', 'const end = Date.now() + 2500; while (Date.now() < end);']),
  );
  const done = Promise.all(hogs.map((hog) => once(hog, 'exit')));
  const at = await crewOf(3);
  const [x, y] = [floats(at, 6400), floats(at, 6400)];
  x.values().fill(1);
  y.values().fill(0);
  const kernel = scaling(at, x.at, y.at, 1);
  for (let k = 0; k < 3000; k++) at.run(kernel, 100, 1);
  expect(y.values().every((v) => v === 3000)).toBe(true);
  await done;
});

test('a worker that lost its core in the middle of a job is left alone for a while', async () => {
  const at = await crewOf(2);
  expect(allTakePart(at, 2)).toBe(true);
  const mark = (at.threads + threadBlock.size + 32) / 4;
  const marked = (): boolean => at.heap.views.f32[mark] !== 0;
  const slow = spoiled(at, 'others', 'slow');
  at.heap.views.f32[mark] = 0;
  const kernel = busy(at);
  // The clock stands still meanwhile: how long the work afterwards takes is not the question.
  const sharedAfterwards = (): boolean => {
    const before = performance.now();
    at.run(slow, 8, 1);
    if (!marked()) return true;
    at.heap.views.f32[mark] = 0;
    const clock = vi.spyOn(performance, 'now').mockReturnValue(before);
    for (let k = 0; k < 20; k++) at.run(kernel, 80, 1);
    clock.mockRestore();
    const shared = marked();
    at.heap.views.f32[mark] = 0;
    return shared;
  };
  let tries = 0;
  while (sharedAfterwards()) expect(++tries).toBeLessThan(2000);
});

describe('a kernel fails', () => {
  test('in a worker: the caller gets the message, and the pool goes on', async () => {
    const at = await crewOf(3);
    expect(allTakePart(at, 3)).toBe(true);
    const kernel = spoiled(at, 'others', 'trap');
    const fail = (): void => {
      for (let k = 0; k < 2000; k++) at.run(kernel, 30, 1);
    };
    expect(fail).toThrow(/^wasm: a kernel failed in another thread: RuntimeError: memory access out of bounds$/);
    expect(fail).toThrow(WebAssembly.RuntimeError);
    expect(allTakePart(at, 3)).toBe(true);
  });

  test('in the caller and in workers', async () => {
    const at = await crewOf(3);
    expect(allTakePart(at, 3)).toBe(true);
    const kernels = [spoiled(at, 'main', 'trap'), spoiled(at, 'others', 'trap')];
    at.heap.views.i32[at.machine.params / 4] = 10_000;
    // Who comes first takes all: which of them failed differs from job to job.
    const messages = new Set<string>();
    for (let k = 0; messages.size < 2 || k < 400; k++) {
      expect(k).toBeLessThan(5000);
      try {
        at.run(kernels[k % 2]!, 30, 1);
      } catch (error) {
        messages.add((error as Error).message);
      }
    }
    expect([...messages].sort()).toEqual([
      'memory access out of bounds',
      'wasm: a kernel failed in another thread: RuntimeError: memory access out of bounds',
    ]);
    // What failed before is not heard again.
    expect(allTakePart(at, 3)).toBe(true);
  });
});

describe('a worker dies', () => {
  interface Started {
    readonly end: () => void;
    readonly isUp: Promise<void>;
    readonly isOver: Promise<void>;
  }

  /** Notes the workers that are started. */
  const noting =
    (workers: Started[]) =>
    (start: StartWorker): StartWorker =>
    (options, { onUp, onEnd }) => {
      let [up, over] = [onUp, onUp];
      const isUp = new Promise<void>((resolve) => (up = resolve));
      const isOver = new Promise<void>((resolve) => (over = resolve));
      const end = start(options, { onUp: () => (onUp(), up()), onEnd: (why) => (onEnd(why), over()) });
      workers.push({ end, isUp, isOver });
      return end;
    };

  test('between jobs: another takes its place, three times; then the others go on', async () => {
    const workers: Started[] = [];
    const at = await poolOf(3, noting(workers));
    expect(await at.pool.started).toBeUndefined();
    expect(at.pool.notes).toEqual([]);
    for (let k = 0; k < 3; k++) {
      const last = workers.at(-1);
      last?.end();
      await last?.isOver;
      await workers.at(-1)?.isUp;
      expect(allTakePart(at, 3)).toBe(true);
    }
    expect(at.pool.notes).toEqual(['wasm: a thread died: it left with code 1.']);
    for (const [k, left] of [2, 1].entries()) {
      const worker = k === 0 ? workers.at(-1) : workers[0];
      worker?.end();
      await worker?.isOver;
      expect(allTakePart(at, left)).toBe(true);
    }
    expect(workers).toHaveLength(5);
    expect(at.pool.awake).toBe(false);
  });

  test('with its backend: none takes its place', async () => {
    const workers: Started[] = [];
    const at = await poolOf(3, noting(workers));
    await at.pool.started;
    at.pool.dispose();
    await Promise.all(workers.map(({ isOver }) => isOver));
    expect(workers).toHaveLength(2);
    expect(at.pool.notes).toEqual([]);
  });

  /** A worker that leaves the process when it runs a kernel. */
  const leaving: StartWorker = (start, { onUp, onEnd }) => {
    const worker = new NodeWorker(
      `WebAssembly.Instance = function () { return { exports: { run: () => process.exit(3) } }; };
       const { workerData, parentPort } = require('node:worker_threads');
       (${workerProgram})(workerData, () => parentPort.postMessage(0));`,
      { eval: true, workerData: start },
    );
    worker.on('message', onUp).on('exit', (code) => onEnd(`it left with code ${code}`));
    worker.unref();
    return () => void worker.terminate();
  };

  test('in a job: what it had begun is missed, clearly and for good', async () => {
    const at = await poolOf(2, () => leaving);
    await at.pool.started;
    const kernel = busy(at);
    at.heap.views.i32[at.machine.params / 4] = 100_000;
    const work = (): void => {
      for (let k = 0; k < 2000; k++) at.run(kernel, 20, 1);
    };
    expect(work).toThrow(/^wasm: 1 of 2 threads began work and gave no sign for \d+(\.\d+)? s/);
    expect(work).toThrow(DeviceLostError);
    expect(await at.pool.lost).toMatch(/^1 of 2 threads began work/);
  });

  test('or hangs in one', async () => {
    const at = await poolOf(3, (start) => start);
    await at.pool.started;
    expect(allTakePart(at, 3)).toBe(true);
    const kernel = spoiled(at, 'others', 'hang');
    at.heap.views.i32[at.machine.params / 4] = 100_000;
    const work = (): void => {
      for (let k = 0; k < 2000; k++) at.run(kernel, 20, 1);
    };
    expect(work).toThrow(DeviceLostError);
  });

  test('before it is up', async () => {
    const at = await poolOf(2, () => (_, { onEnd }) => (onEnd('it was not meant to be'), () => {})); // prettier-ignore
    expect(await at.pool.started).toBe('wasm: a thread could not be started: it was not meant to be.');
    expect(allTakePart(at, 1)).toBe(true);
    const refused = await poolOf(3, () => () => {
      throw new Error('no more threads.');
    });
    expect(await refused.pool.started).toBe('wasm: a thread could not be started: Error: no more threads.');
    expect(refused.pool.notes).toEqual(['wasm: a thread could not be started: Error: no more threads.']);
    expect(allTakePart(refused, 1)).toBe(true);
  });
});

const tasks = (): number => readdirSync('/proc/self/task').length;

test.skipIf(process.platform !== 'linux')('pools that come and go leave no thread behind', async () => {
  await new Promise((resolve) => setTimeout(resolve, 500)); // most of other tests have ended
  const before = tasks();
  for (let k = 0; k < 12; k++) (await crewOf(3)).crew.dispose();
  const { crew } = await crewOf(5);
  const most = tasks();
  crew.dispose();
  await vi.waitFor(() => expect(tasks()).toBeLessThanOrEqual(Math.min(most - 4, before + 1)), { timeout: 20_000 });
});

describe('in a page that forbids workers from text', () => {
  /** They fail a little later. */
  function forbid(): { made: string[]; living: () => number } {
    const made: string[] = [];
    const living = new Set<object>();
    class Forbidden {
      onerror: ((event: object) => void) | undefined;
      constructor(url: string | URL) {
        made.push(String(url).slice(0, 5));
        living.add(this);
        setTimeout(() => this.onerror?.({ preventDefault() {}, message: `no. ${made.length}` }), 10);
      }
      postMessage(): void {}
      terminate = (): void => void living.delete(this);
    }
    vi.stubGlobal('Worker', Forbidden);
    vi.stubGlobal('process', undefined);
    return { made, living: () => living.size };
  }

  test('one from a file is tried, and the reasons are given', async () => {
    const { made, living } = forbid();
    const { started, notes } = await openCrew({ threads: 2, memory: heapOf().memory });
    expect(await started).toMatch(
      /the page may not run workers from blob: .* allow worker-src blob:; no\. 1; no\. 2\.$/,
    );
    expect(notes).toEqual([await started]);
    expect([made.length, living()]).toEqual([2, 0]);
  });

  test('none is started for a backend that was disposed', async () => {
    const { made, living } = forbid();
    const { crew } = await openCrew({ threads: 2, memory: heapOf().memory });
    crew.dispose();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect([made, living()]).toEqual([['blob:'], 0]);
  });
});

test('a pool does not keep its process alive, and its workers run nothing of the user', () => {
  const program = `
    import { openCrew } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    const { started } = await openCrew({ threads: 3, memory });
    const meanwhile = setInterval(() => {}, 50);
    process.exitCode = (await started) === undefined ? 42 : 1;
    clearInterval(meanwhile);`;
  const args = ['--conditions=@rushlight/source', '--input-type=module', '-e', program];
  const folder = mkdtempSync(join(tmpdir(), 'rushlight-preload-'));
  const preload = join(folder, 'preload.cjs');
  writeFileSync(
    preload,
    "if (!require('node:worker_threads').isMainThread) require('node:fs').writeSync(1, 'preloaded');",
  );
  const env = { ...process.env, NODE_OPTIONS: `--require ${JSON.stringify(preload)}` };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { timeout: 60_000, encoding: 'utf8', env });
  rmSync(folder, { recursive: true });
  expect({ status, stdout, stderr }).toMatchObject({ status: 42, stdout: '' });
});

describe('where there can be no threads', () => {
  test('one is used, and it is said why', async () => {
    expect(await planThreads(1)).toEqual({ threads: 1 });
    expect(await planThreads(3)).toEqual({ threads: 3 });
    expect((await planThreads()).threads).toBeGreaterThanOrEqual(1);
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(await planThreads(3)).toEqual({
      threads: 1,
      reason: expect.stringContaining('one thread, since memory cannot be shared here'),
    });
    vi.unstubAllGlobals();
    vi.stubGlobal('process', undefined); // as in a page that is not isolated
    expect((await planThreads(2)).reason).toContain('Cross-Origin-Opener-Policy');
    const { crew, started } = await openCrew({ threads: 2, memory: heapOf().memory });
    expect(crew.size).toBe(1);
    expect(await started).toBe('wasm: one thread, since there are no workers here.');
  });

  test.each([0, -1, 1.5, NaN, 33, Infinity])('%d threads are refused', async (threads) => {
    await expect(planThreads(threads)).rejects.toThrow(
      `wasm: threads is ${threads}. Give a whole number from 1 to 32, or leave it out.`,
    );
  });
});
