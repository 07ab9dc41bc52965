import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { defaultGenerator, manualSeed, useBackend, ValueError, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import fixtures from '../../fixtures/workers.json' with { type: 'json' };
import {
  Augmented,
  Failing,
  HandedStream,
  Later,
  Mixed,
  Noisy,
  Seeds,
  Stream,
} from '../../fixtures/worker-datasets.ts';
import { DataLoader, SampleError, serveDataset, WorkerError, getWorkerInfo } from '../index.ts';

const datasets = fileURLToPath(new URL('../../fixtures/worker-datasets.ts', import.meta.url));

/** Serves the data set that its `workerData` names. */
const server = `
import { workerData } from 'node:worker_threads';
import {
  Augmented, Failing, HandedStream, Later, Mixed, Noisy, reference, Seeds, serveDataset, Stream, tensor, useBackend,
} from ${JSON.stringify(datasets)};

const { name, size } = workerData;

await useBackend(reference());
if (name === 'Augmented') await serveDataset(new Augmented(size));
if (name === 'Noisy') await serveDataset(new Noisy(size));
if (name === 'Stream') await serveDataset(new Stream(size));
if (name === 'HandedStream') await serveDataset(new HandedStream());
if (name === 'Seeds') await serveDataset(new Seeds());
if (name === 'Mixed') await serveDataset(new Mixed());
if (name === 'Later') await serveDataset(new Later());
if (name === 'Failing') await serveDataset(new Failing());
if (name === 'sums') {
  let offset = 0;
  await serveDataset(new Augmented(size), {
    workerInitFn: async (id) => {
      offset = 100 * (id + 1);
    },
    collateFn: (samples) => ({ count: samples.length, offset }),
  });
}
if (name === 'functions') await serveDataset(new Augmented(size), { collateFn: () => () => 1 });
if (name === 'refuses to begin') {
  await serveDataset(new Augmented(size), {
    workerInitFn: () => {
      throw new Error('no licence');
    },
  });
}
class Box {}
const kinds = { halves: () => tensor([1.5, -2], { dtype: 'float16' }), boxes: () => ({ box: new Box() }) };
if (name in kinds) await serveDataset(new Augmented(1), { collateFn: kinds[name] });
if (name === 'twice') {
  await serveDataset(new Augmented(size));
  await serveDataset(new Augmented(size));
}
if (name === 'cannot be loaded') throw new Error('a module that throws');
`;

/** A program whose workers persist, and which ends, or does not, as its argument says. */
const main = `
import { Worker } from 'node:worker_threads';
import { Augmented, DataLoader, reference, useBackend } from ${JSON.stringify(datasets)};

await useBackend(reference());
const loader = new DataLoader(new Augmented(6), {
  numWorkers: 2,
  persistentWorkers: true,
  worker: () => new Worker(new URL('serve.worker.mjs', import.meta.url), { workerData: { name: 'Augmented', size: 6 } }),
});
let count = 0;
for await (const { shape } of loader) count += shape[0] ?? 0;
process.stdout.write('batches: ' + count + '\\n');
if (process.argv[2] === 'goes on') {
  for await (const batch of loader) await new Promise((resolve) => setTimeout(resolve, 60_000, batch));
}
`;

// One file each, bundled as a page's would be, which starts much faster than from the sources.
const folder = mkdtempSync(join(tmpdir(), 'rushlight workers '));

beforeAll(async () => {
  await useBackend(reference());
  writeFileSync(join(folder, 'serve.worker.js'), server);
  writeFileSync(join(folder, 'main.js'), main);
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@rushlight/source'] },
    ssr: { noExternal: true, resolve: { conditions: ['@rushlight/source'] } },
    build: {
      ssr: true,
      outDir: join(folder, 'built'),
      rollupOptions: {
        input: ['serve.worker', 'main'].map((name) => join(folder, `${name}.js`)),
        output: { entryFileNames: '[name].mjs' },
      },
    },
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

let started: Worker[] = [];
let ended = 0;

/** Starts workers that serve the data set of that name. */
const serving =
  (name: string, size = 0) =>
  () => {
    const worker = new Worker(join(folder, 'built', 'serve.worker.mjs'), { workerData: { name, size }, stderr: true });
    worker.on('exit', () => ended++);
    started.push(worker);
    return worker;
  };

/** Until every worker that was started has come to its end. */
async function allEnded(): Promise<void> {
  for (let tries = 0; ended < started.length && tries < 1000; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(ended).toBe(started.length);
}

afterEach(async () => {
  await Promise.all(started.map((worker) => worker.terminate()));
  started = [];
  ended = 0;
});

const nextDraw = () => defaultGenerator().random() % (2 ** 31 - 1);

async function epoch(batches: AsyncIterable<Tensor>, stop = Infinity): Promise<number[][]> {
  const seen: number[][] = [];
  for await (const batch of batches) {
    seen.push([...(await batch.data())]);
    if (seen.length === stop) break;
  }
  return seen;
}

describe('as PyTorch, where samples draw from the default generator', () => {
  test.each(fixtures.augmented)(
    'n $n, batchSize $batchSize, shuffle $shuffle, dropLast $dropLast, numWorkers $numWorkers, prefetchFactor $prefetchFactor',
    async ({ n, epochs, nextDraw: next, ...options }) => {
      manualSeed(n);
      const worker = serving('Augmented', n);
      const loader = new DataLoader(new Augmented(n), { ...options, worker, persistentWorkers: true });
      for (const batches of epochs) expect(await epoch(loader)).toEqual(batches);
      expect(nextDraw()).toBe(next);
    },
  );

  test.each(fixtures.stream)(
    'IterableDataset: n $n, batchSize $batchSize, dropLast $dropLast, numWorkers $numWorkers, prefetchFactor $prefetchFactor',
    async ({ n, epochs, nextDraw: next, ...options }) => {
      manualSeed(n);
      const worker = serving('Stream', n);
      const loader = new DataLoader(new Stream(n), { ...options, worker, persistentWorkers: true });
      for (const batches of epochs) expect(await epoch(loader)).toEqual(batches);
      expect(nextDraw()).toBe(next);
    },
  );

  test.each(fixtures.seeds)('the seeds of workers after manualSeed($seed)', async ({ seed, seeds }) => {
    manualSeed(seed);
    const loader = new DataLoader(new Seeds(), { numWorkers: 3, worker: serving('Seeds') });
    const found: string[] = [];
    for await (const batch of loader) found.push(...batch);
    expect(found).toEqual(seeds);
    expect(getWorkerInfo()).toBeUndefined();
  });
});

describe('batches', () => {
  test('are those of prefetch: 1, however many workers there are, and from anywhere on', async () => {
    const run = async (options: object, from = 0) => {
      manualSeed(8);
      const loader = new DataLoader(new Noisy(17), { batchSize: 3, shuffle: true, ...options });
      const batches = await epoch(loader.batches({ from }));
      return [...batches, nextDraw()];
    };
    const expected = await run({ prefetch: 1 });
    for (const [numWorkers, prefetchFactor] of [
      [1, 1],
      [2, 2],
      [3, 1],
    ]) {
      expect(await run({ numWorkers, prefetchFactor, worker: serving('Noisy', 17) })).toEqual(expected);
    }
    const rest = await run({ numWorkers: 2, worker: serving('Noisy', 17) }, 4);
    expect(rest).toEqual(expected.slice(4));
  });

  test('of a stream are those of prefetch: 1 with one worker, and go on where they were', async () => {
    const run = async (options: object, from = 0) => {
      manualSeed(8);
      let passed = 0;
      const loader = new DataLoader(new HandedStream(), { batchSize: 2, ...options });
      const batches = await epoch(loader.batches({ from, passed: () => passed++ }));
      expect(passed).toBe(from > 0 ? 1 : 0);
      return batches;
    };
    expect(await run({ numWorkers: 1, worker: serving('HandedStream') })).toEqual(await run({ prefetch: 1 }));
    const three = { numWorkers: 3, worker: serving('HandedStream') };
    const whole = await run(three);
    expect(whole).toHaveLength(12);
    for (const from of [5, 12]) expect(await run(three, from)).toEqual(whole.slice(from));
    await expect(run(three, 13)).rejects.toThrow('DataLoader: from is 13, but the epoch has 12 batches.');
  });

  test('hold tensors, lists and strings in any arrangement', async () => {
    const plain = new DataLoader(new Mixed(), { batchSize: 2 });
    const loader = new DataLoader(new Mixed(), { batchSize: 2, numWorkers: 2, worker: serving('Mixed') });
    expectTypeOf(loader).toEqualTypeOf(plain);
    const read = async (from: typeof loader) => {
      const seen: unknown[] = [];
      for await (const { image, parts, name, row } of from) {
        const tensors = [image, ...parts, row];
        seen.push(name, await Promise.all(tensors.map(async (t) => [t.dtype, t.shape, await t.toArray()])));
      }
      return seen;
    };
    expect(await read(loader)).toEqual(await read(plain));
  });

  test('hold float16 by its values', async () => {
    const loader = new DataLoader<number, Tensor>(new Augmented(1), { numWorkers: 1, worker: serving('halves') });
    for await (const batch of loader) expect([batch.dtype, await batch.toArray()]).toEqual(['float16', [1.5, -2]]);
  });

  test('keep the dtypes of the first one, which the loader remembers', async () => {
    const options = { batchSize: 2, numWorkers: 2, worker: serving('Later') };
    const loader = new DataLoader(new Later(), options);
    await expect(epoch(loader)).rejects.toThrow(
      'defaultCollate: sample 0 is 2.5, but the numbers of this field were whole in the first batch',
    );
    expect(loader.stateDict()).toEqual({ numbers: { '': 'int32' } });
    const again = new DataLoader(new Later(), options);
    again.loadStateDict({ numbers: { '': 'float32' } });
    expect((await epoch(again)).flat()).toEqual([0, 1, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]);
    const told = new DataLoader(new Later(), { ...options, numbers: 'float32' });
    expect((await epoch(told)).flat()).toHaveLength(8);
  });

  test('are made by the collateFn of the worker, after its workerInitFn', async () => {
    const loader = new DataLoader<number, { count: number; offset: number }>(new Augmented(5), {
      batchSize: 2,
      numWorkers: 2,
      worker: serving('sums', 5),
    });
    const seen = [];
    for await (const batch of loader) seen.push(batch);
    expect(seen).toEqual([
      { count: 2, offset: 100 },
      { count: 2, offset: 200 },
      { count: 1, offset: 100 },
    ]);
  });
});

describe('workers', () => {
  test('persist if they shall, and give what others would', async () => {
    manualSeed(3);
    const options = { batchSize: 2, shuffle: true, numWorkers: 2 };
    const fresh = new DataLoader(new Augmented(9), { ...options, worker: serving('Augmented', 9) });
    const expected = [await epoch(fresh), await epoch(fresh, 1), await epoch(fresh)];
    expect(started).toHaveLength(6);
    await allEnded();
    manualSeed(3);
    const kept = new DataLoader(new Augmented(9), {
      ...options,
      worker: serving('Augmented', 9),
      persistentWorkers: true,
      timeout: 60,
      pinMemory: true,
    });
    expect([await epoch(kept), await epoch(kept, 1), await epoch(kept)]).toEqual(expected);
    expect([started.length, ended]).toEqual([8, 6]);
    // An iteration during another has workers of its own.
    for await (const batch of kept) {
      expect(batch.shape).toEqual([2]);
      expect(await epoch(kept)).toHaveLength(5);
      break;
    }
    expect(started).toHaveLength(10);
    kept.stopWorkers();
    await allEnded();
    expect(await epoch(kept)).toHaveLength(5);
    kept.stopWorkers();
    await allEnded();
  });

  test('end when the loop is left', async () => {
    const loader = new DataLoader(new Stream(1e9), { numWorkers: 2, worker: serving('Stream', 1e9) });
    expect(await epoch(loader, 3)).toHaveLength(3);
    await allEnded();
  });

  const failing = (sampler: number[], options: object = {}) =>
    new DataLoader(new Failing(), { sampler, numWorkers: 2, worker: serving('Failing'), ...options });

  test('say which sample fails, where, and why', async () => {
    const seen: number[] = [];
    const error = await (async () => {
      for await (const batch of failing([0, 2, 4, 1])) seen.push(await batch.item());
    })().catch((reason: unknown) => reason);
    expect(seen).toEqual([0, 2, 4]);
    expect(error).toBeInstanceOf(SampleError);
    const { message, indices, cause, stack } = error as SampleError;
    expect([message, indices]).toEqual(['DataLoader: sample 1 of Failing failed: no file', [1]]);
    expect(cause).toBeInstanceOf(RangeError);
    expect((cause as Error).cause).toMatchObject({ message: 'the disk' });
    expect(stack).toMatch(/in worker 1 of a DataLoader$/);
    expect((cause as Error).stack).toContain('Failing.get');
    await allEnded();
  });

  test.each<[string, number[], object, string]>([
    ['that leave', [0, 3], {}, 'DataLoader: worker 1 ended with exit code 3. Look for what ends it'],
    ['that throw out of turn', [0, 7], {}, 'DataLoader: worker 1 failed: out of turn. Look for'],
    [
      'that do not answer',
      [5],
      { timeout: 0.6, numWorkers: 1 },
      'DataLoader: worker 0 has sent nothing for 0.6 seconds. Pass a longer timeout, or look for what it waits for.',
    ],
  ])('%s are noticed', async (_, sampler, options, message) => {
    const error = await epoch(failing(sampler, { persistentWorkers: true, ...options })).catch((reason) => reason);
    expect((error as Error).message).toContain(message);
    expect([error instanceof WorkerError, (error as WorkerError).worker]).toEqual([true, sampler.length - 1]);
  });

  test('whose index is none of the data set fail in its turn', async () => {
    const seen: number[] = [];
    const loader = failing([0, 2, 4, 6, 99]);
    await expect(
      (async () => {
        for await (const batch of loader) seen.push(await batch.item());
      })(),
    ).rejects.toThrow(ValueError);
    expect(seen).toEqual([0, 2, 4, 6]);
  });

  test.each<[string, string, string]>([
    [
      'cannot be loaded',
      'cannot be loaded',
      'DataLoader: worker 0 failed before it served a data set: a module that throws. Check that its module can be loaded there and calls serveDataset.',
    ],
    ['serves nothing', 'nothing', 'DataLoader: worker 0 ended with exit code 0 before it served a data set.'],
    ['has a workerInitFn that throws', 'refuses to begin', 'no licence'],
    [
      'makes what cannot be sent',
      'functions',
      'serveDataset: the batch holds something, which cannot go to the loader.',
    ],
    [
      'makes what would lose its class',
      'boxes',
      'serveDataset: the batch holds a Box, which cannot go to the loader. Let collateFn make tensors, lists and plain objects.',
    ],
    ['serves twice', 'twice', 'serveDataset: this worker serves a data set already. Call it once.'],
    [
      'serves another kind of data set',
      'HandedStream',
      'DataLoader: its data set is a Dataset, that of worker 0 an IterableDataset. Serve the same one.',
    ],
    ['serves a smaller data set', 'Augmented', 'serveDataset: index 0 is out of range: the data set has none'],
  ])('one that %s', async (_, name, message) => {
    const loader = new DataLoader(new Augmented(4), {
      numWorkers: 1,
      worker: serving(name, name === 'functions' ? 4 : 0),
    });
    await expect(epoch(loader)).rejects.toThrow(message);
    await allEnded();
  });

  test('end with the others when one of them has ended between epochs', async () => {
    const options = { numWorkers: 3, persistentWorkers: true };
    const loader = new DataLoader(new Augmented(4), { ...options, worker: serving('Augmented', 4) });
    await epoch(loader);
    await started[1]?.terminate();
    expect(await epoch(loader)).toHaveLength(4);
    loader.stopWorkers();
    await allEnded();
    expect(started).toHaveLength(6);
  });

  test('end when nobody can reach their iteration any more, or their loader', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const abandon = async (persistentWorkers: boolean) => {
      const options = { numWorkers: 1, persistentWorkers, worker: serving('Augmented', 4) };
      const loader = new DataLoader(new Augmented(4), options);
      if (persistentWorkers) await epoch(loader);
      else await loader.batches().next();
    };
    await abandon(false);
    await abandon(true);
    for (let tries = 0; ended < 2 && tries < 100; tries++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect([started.length, ended]).toEqual([2, 2]);
  });

  test('may be waited for longer than a timer can run', async () => {
    const options = { numWorkers: 1, timeout: 1e9, worker: serving('Augmented', 2) };
    expect(await epoch(new DataLoader(new Augmented(2), options))).toHaveLength(2);
  });

  test('are started, one in each call', async () => {
    const from = (worker: () => unknown) =>
      epoch(new DataLoader(new Augmented(2), { numWorkers: 2, worker: worker as () => Worker }));
    const start = serving('Augmented', 2);
    const one = start();
    await expect(from(() => one)).rejects.toThrow(
      'DataLoader: worker gave the same Worker again. Start a new one in every call',
    );
    await expect(from(() => void start())).rejects.toThrow(
      'DataLoader: worker gave undefined, which is no Worker. Return one',
    );
    await expect(from(async () => start())).rejects.toThrow('DataLoader: worker gave a Promise, which is no Worker.');
  });

  test('let the process end, and go with it', async () => {
    const run = (how: string, then?: NodeJS.Signals) =>
      new Promise<[output: string, code: number | null, signal: string | null]>((resolve) => {
        const child = spawn(process.execPath, [join(folder, 'built', 'main.mjs'), how]);
        let output = '';
        child.stdout.on('data', (text) => {
          output += text;
          if (then) child.kill(then);
        });
        child.stderr.on('data', (text) => (output += text));
        child.on('exit', (code, signal) => resolve([output, code, signal]));
      });
    expect(await run('ends')).toEqual(['batches: 6\n', 0, null]);
    expect(await run('goes on', 'SIGINT')).toEqual(['batches: 6\n', null, 'SIGINT']);
  });
});

test('options that do not fit together', () => {
  const worker = serving('Augmented');
  const cases: [object, string][] = [
    [{ numWorkers: -1 }, 'DataLoader: numWorkers should be a whole number, but is -1. Pass an integer >= 0.'],
    [{ numWorkers: 2 }, 'DataLoader: numWorkers is 2, but there is nothing to start them. Pass worker: () => new Worker('],
    [{ prefetchFactor: 2 }, 'DataLoader: prefetchFactor is of workers, and numWorkers is 0. Set numWorkers, or leave it out.'],
    [{ persistentWorkers: true, worker }, 'DataLoader: persistentWorkers is of workers, and numWorkers is 0.'],
    [{ timeout: 3 }, 'DataLoader: timeout is of workers, and numWorkers is 0.'],
    [{ timeout: -3 }, 'DataLoader: timeout should be a number of seconds >= 0, but is -3. Pass one.'],
    [{ numWorkers: 1, worker, prefetchFactor: 0 }, 'DataLoader: prefetchFactor should be a positive integer, but is 0.'],
    [{ numWorkers: 1, worker, prefetch: 1 }, 'DataLoader: prefetch is mutually exclusive with numWorkers'],
    [{ numWorkers: 1, worker, collateFn: () => 1 }, 'DataLoader: collateFn is given with numWorkers, and a function cannot be sent to workers. Pass it to serveDataset in their module.'],
  ]; // prettier-ignore
  for (const [options, message] of cases) {
    expect(() => new DataLoader(new Augmented(3), options)).toThrow(message);
  }
});

test('serveDataset is for workers', async () => {
  await expect(serveDataset(new Augmented(3))).rejects.toThrow('serveDataset: this is no worker.');
});
