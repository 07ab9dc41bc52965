import { defaultGenerator, Generator, indexPut, manualSeed, ones, randn, tensor, useBackend, ValueError, zeros, type Tensor } from '@rushlight/core'; // prettier-ignore
import { reference } from '@rushlight/core/testing';
import { DataLoader, IterableDataset, RandomSampler, TensorDataset } from '@rushlight/data';
import { loadSafetensors, saveSafetensors } from '@rushlight/io';
import { crossEntropy, mseLoss } from '@rushlight/losses';
import { BatchNorm1d, Dropout, Linear, Module, Sequential, Tanh } from '@rushlight/nn';
import { Adam, lrScheduler, SGD } from '@rushlight/optim';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EarlyStopping } from './callbacks/early-stopping.ts';
import { memoryStore } from './checkpoint-store.ts';
import type { Model } from './evaluate.ts';
import { Accuracy } from './metrics/accuracy.ts';
import { NonFiniteLossError } from './non-finite.ts';
import { bestCheckpoint, lastCheckpoint, type TrainerOptions } from './trainer-options.ts';
import { Trainer } from './trainer.ts';

beforeAll(() => useBackend(reference()));
beforeEach(() => void manualSeed(1));

/** Two classes that a line does not separate. */
function points(count: number): TensorDataset<[Tensor, Tensor]> {
  const x = randn([count, 2]);
  return new TensorDataset(x, x.select(1, 0).mul(x.select(1, 1)).gt(0).to('int32'));
}

/** Everything that has a state: dropout, running statistics, moments, a schedule by steps, early stopping. */
function run(change: Partial<TrainerOptions> = {}, { loader = {} }: { loader?: object } = {}): Trainer {
  manualSeed(7);
  const [train, test] = [points(50), points(20)];
  const model = new Sequential(new Linear(2, 8), new BatchNorm1d(8), new Tanh(), new Dropout({ p: 0.2 }), new Linear(8, 2)) as Model; // prettier-ignore
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  return new Trainer({
    model,
    criterion: crossEntropy,
    optimizer,
    scheduler: new lrScheduler.StepLR(optimizer, 1, { gamma: 0.9 }),
    trainLoader: new DataLoader(train, { batchSize: 8, shuffle: true, ...loader }),
    evalLoader: new DataLoader(test, { batchSize: 7, shuffle: true }),
    metrics: { accuracy: new Accuracy() },
    ...change,
  });
}

const weightsOf = ({ options }: Trainer): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options.model.stateDict()).map(([key, x]) => [key, [...x.dataSync()]]));

const smallRun = run;

/** Its evaluations and its weights, to the last bit. */
async function outcome(trainer: Trainer, epochs: number): Promise<unknown> {
  const seen: unknown[] = [];
  for await (const event of trainer.run(epochs)) {
    if (event.kind === 'epoch') seen.push([event.epoch, event.step, event.loss, event.evaluation, event.lr]);
  }
  return { last: seen.at(-1), weights: weightsOf(trainer), next: defaultGenerator().random() };
}

test('learns', async () => {
  const trainer = run({ scheduler: undefined as never });
  const { epochs, stopped } = await trainer.fit(60);
  expect(stopped).toBeUndefined();
  expect(epochs).toHaveLength(60);
  expect(epochs[0]).toMatchObject({ epoch: 1, step: 7 });
  const [first, last] = [epochs[0], epochs.at(-1)];
  expect(last?.loss).toBeLessThan((first?.loss ?? 0) - 0.1);
  expect(last?.evaluation?.['accuracy']).toBeGreaterThan(0.6);
});

test('a step tells what was seen, at which rate', async () => {
  const told: unknown[] = [];
  for await (const event of run().run(2)) {
    if (event.kind !== 'step') continue;
    told.push([event.epoch, event.step, event.batch, event.batches, event.seen, event.samples, event.lr]);
  }
  expect(told).toHaveLength(14);
  expect(told[0]).toEqual([1, 1, 1, 7, 0, 50, [0.01]]);
  expect(told[6]).toEqual([1, 7, 7, 7, 48, 50, [0.01]]);
  expect(told[7]).toEqual([2, 8, 1, 7, 0, 50, [0.009000000000000001]]);
});

describe('going on from a checkpoint gives the numbers of a run that was not interrupted', () => {
  const variants: Record<string, [Partial<TrainerOptions>, { loader?: object }?]> = {
    plain: [{}],
    'three batches an update': [{ accumulate: 3 }],
    'gradients clipped': [{ clipGradNorm: 0.1, clipGradValue: 0.05 }],
    'no evaluation': [{ evalLoader: undefined as never }],
    'batches fetched ahead': [{}, { loader: { prefetch: 2 } }],
  };
  test.each(Object.entries(variants))('%s', async (_, [change, loader]) => {
    const whole = await outcome(run(change, loader), 3);
    const places = [1, 3, 8, 11];
    for (const place of places) {
      const first = run(change, loader);
      let bytes: Uint8Array | undefined;
      let count = 0;
      for await (const _event of first.run(3)) {
        if (++count < place) continue;
        bytes = await first.save();
        break;
      }
      // The same object goes on, …
      expect(await outcome(first, 3)).toEqual(whole);
      // … and another, which was anywhere else.
      const second = run(change, loader);
      await second.fit(1);
      manualSeed(99);
      if (!bytes) throw new Error('the run was too short');
      await second.load(bytes);
      expect(await outcome(second, 3)).toEqual(whole);
    }
  });

  const seeded = (): Generator => new Generator().manualSeed(5);
  const numbers = { length: 50 };
  const loaders: Record<string, () => object> = {
    'a generator of its own': () => ({ generator: seeded() }),
    'a generator of its own, fetching ahead': () => ({ generator: seeded(), prefetch: 2 }),
    'a generator that its sampler alone has': () => ({ shuffle: false, sampler: new RandomSampler(numbers, { generator: seeded() }) }),
    'a generator that its sampler alone has, fetching ahead': () => ({
      shuffle: false, prefetch: 3, sampler: new RandomSampler(numbers, { generator: seeded() }),
    }),
    'a sampler that draws with replacement': () => ({
      shuffle: false, prefetch: 1, sampler: new RandomSampler(numbers, { generator: seeded(), replacement: true }),
    }),
  }; // prettier-ignore
  test.each(Object.entries(loaders))('a loader with %s', async (_, loader) => {
    const own = (): Trainer => run({}, { loader: loader() });
    const whole = await outcome(own(), 3);
    // In the first epoch, at its last batches, at its end, and in the second.
    for (const place of [4, 5, 6, 7, 8, 11]) {
      const first = own();
      let bytes: Uint8Array | undefined;
      let count = 0;
      for await (const _event of first.run(3)) {
        if (++count < place) continue;
        bytes = await first.save();
        break;
      }
      expect(await outcome(first, 3)).toEqual(whole);
      const second = own();
      await second.load(bytes as Uint8Array);
      expect(await outcome(second, 3)).toEqual(whole);
    }
  });

  test('a loader with other generators is refused', async () => {
    const bytes = await run({}, { loader: { generator: seeded() } }).save();
    await expect(run().load(bytes as Uint8Array)).rejects.toThrow(
      'checkpoint: the checkpoint has the states of 2 generators, and this run draws from 1. Give the loader and its sampler generators as they had.',
    );
  });

  test.each([{}, { generator: true }])('saved while it evaluates: %j', async (change) => {
    const run = (options: Partial<TrainerOptions> = {}): Trainer =>
      smallRun(options, { loader: 'generator' in change ? { generator: seeded() } : {} });
    const whole = await outcome(run(), 2);
    let bytes: Promise<Uint8Array> | undefined;
    class Saving extends Accuracy {
      override update(output: Tensor, target: Tensor): void {
        bytes ??= trainer.save();
        super.update(output, target);
      }
    }
    const trainer: Trainer = run({ metrics: { accuracy: new Saving() } });
    await trainer.fit(1);
    const second = run();
    await second.load((await bytes) as Uint8Array);
    expect(second.position).toEqual({ epoch: 0, batch: 7, step: 7 });
    expect(await outcome(second, 2)).toEqual(whole);
  });

  test('saved in the midst of a step', async () => {
    const whole = await outcome(run(), 2);
    const saved: Promise<Uint8Array>[] = [];
    // Nobody awaits it: what is saved may not be ahead of the weights in one part and behind in another.
    const criterion = (output: Tensor, target: Tensor): Tensor => {
      saved.push(trainer.save());
      return crossEntropy(output, target);
    };
    const trainer = run({ criterion });
    await trainer.fit(1);
    expect(saved.length).toBeGreaterThan(7);
    for (const bytes of saved.slice(0, 8)) {
      const second = run();
      await second.load(await bytes);
      expect(await outcome(second, 2)).toEqual(whole);
    }
  });

  test('what a step that failed has added to the mean loss does not count twice', async () => {
    const plain = (criterion: TrainerOptions['criterion']): Trainer => {
      manualSeed(7);
      const model = new Linear(2, 2) as Model;
      const optimizer = new SGD(model.parameters(), { lr: 0.1 });
      return run({ model, optimizer, criterion, scheduler: undefined as never, accumulate: 3 });
    };
    const whole = await outcome(plain(crossEntropy), 1);
    let left = 4;
    const trainer = plain((output, target) => {
      if (left-- === 0) throw new Error('no');
      return crossEntropy(output, target);
    });
    await expect(trainer.fit(1)).rejects.toThrow('no');
    expect(trainer.position).toEqual({ epoch: 0, batch: 3, step: 1 });
    expect(await outcome(trainer, 1)).toEqual(whole);
  });

  test('an IterableDataset whose last batch is smaller', async () => {
    class Stream extends IterableDataset<[Tensor, Tensor]> {
      override *[Symbol.iterator](): Iterator<[Tensor, Tensor]> {
        for (let k = 0; k < 11; k++) yield [ones([2]).mul(k / 10), tensor(k % 2, { dtype: 'int32' })];
      }
    }
    const stream = (): Trainer => run({ trainLoader: new DataLoader(new Stream(), { batchSize: 4 }) });
    const whole = await outcome(stream(), 2);
    for (const place of [1, 2, 3]) {
      const first = stream();
      let bytes: Uint8Array | undefined;
      for await (const event of first.run(1)) {
        if (event.step < place) continue;
        bytes = await first.save();
        break;
      }
      const second = stream();
      await second.load(bytes as Uint8Array);
      expect(await outcome(second, 2)).toEqual(whole);
    }
  });

  test('an evaluation that failed is done again', async () => {
    const whole = await outcome(run(), 2);
    let fails = true;
    const failing = { onEvaluating: () => { if (fails) throw new Error('no'); } }; // prettier-ignore
    const trainer = run({ callbacks: [failing] });
    await expect(trainer.fit(2)).rejects.toThrow('no');
    fails = false;
    expect(await outcome(trainer, 2)).toEqual(whole);
  });

  test('early stopping goes on counting', async () => {
    const stopping = (): Partial<TrainerOptions> => ({ callbacks: [new EarlyStopping({ patience: 4, minDelta: 10 })] });
    const first = run(stopping());
    await first.fit(3);
    const second = run(stopping());
    await second.load(await first.save());
    const { epochs, stopped } = await second.fit(20);
    expect(epochs.at(-1)?.epoch).toBe(5);
    expect(stopped).toMatch(/^loss has not improved on \d.* for 4 epochs$/);
  });
});

test('accumulating gives the update of a batch of that size', async () => {
  const weights = async (batchSize: number, accumulate: number): Promise<number[]> => {
    manualSeed(3);
    const [x, y] = [randn([22, 3]), randn([22, 1])];
    const model = new Linear(3, 1) as Model;
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const trainLoader = new DataLoader(new TensorDataset(x, y), { batchSize });
    const trainer = new Trainer({ model, criterion: mseLoss, optimizer, trainLoader, accumulate });
    const { epochs } = await trainer.fit(2);
    expect(epochs.at(-1)?.step).toBe(batchSize * accumulate === 2 ? 22 : 2 * Math.ceil(22 / (batchSize * accumulate)));
    return [...((model.stateDict()['weight'] as Tensor).dataSync() as Float32Array)];
  };
  const [whole, parts] = [await weights(2, 1), await weights(1, 2)];
  parts.forEach((w, k) => expect(w).toBeCloseTo(whole[k] as number, 5));
  // The last group of an epoch is smaller: 22 = 4 · 5 + 2.
  const [five, fives] = [await weights(5, 1), await weights(1, 5)];
  fives.forEach((w, k) => expect(w).toBeCloseTo(five[k] as number, 5));
});

test('a loader without a length: the last group may be smaller', async () => {
  class Stream extends IterableDataset<[Tensor, Tensor]> {
    override *[Symbol.iterator](): Iterator<[Tensor, Tensor]> {
      for (let k = 0; k < 5; k++) yield [ones([2]).mul(k), tensor(k % 2, { dtype: 'int32' })];
    }
  }
  const model = new Linear(2, 2) as Model;
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const trainLoader = new DataLoader(new Stream(), { batchSize: 1 });
  const trainer = new Trainer({ model, criterion: crossEntropy, optimizer, trainLoader, accumulate: 2 });
  const steps: unknown[] = [];
  for await (const event of trainer.run(1)) if (event.kind === 'step') steps.push([event.batch, event.batches, event.seen]); // prettier-ignore
  expect(steps).toEqual([[2, undefined, 0], [4, undefined, 2], [5, undefined, 4]]); // prettier-ignore
});

describe('checkpoints', () => {
  test('the last and the best are kept, the best by what is watched', async () => {
    const store = memoryStore();
    const trainer = run({ checkpoints: { store, monitor: 'accuracy', every: 3, extra: { classes: ['a', 'b'] } } });
    const { epochs } = await trainer.fit(4);
    expect((await store.list()).toSorted()).toEqual([bestCheckpoint, lastCheckpoint]);
    const accuracies = epochs.map(({ evaluation }) => evaluation?.['accuracy'] as number);
    expect(trainer.best).toBe(Math.max(...accuracies));
    expect(epochs.map(({ isBest }) => isBest)).toEqual(accuracies.map((a, k) => accuracies.slice(0, k).every((b) => a > b))); // prettier-ignore
    const { tensors, metadata } = loadSafetensors((await store.read(bestCheckpoint)) as Uint8Array);
    expect(Object.keys(tensors).toSorted()).toEqual(Object.keys(trainer.options.model.stateDict()).toSorted());
    expect(JSON.parse(metadata['rushlight.extra'] ?? '')).toEqual({ classes: ['a', 'b'] });
    const again = run({ checkpoints: { store, monitor: 'accuracy' } });
    await again.load((await store.read(lastCheckpoint)) as Uint8Array);
    expect([again.position, again.best]).toEqual([{ epoch: 4, batch: 0, step: 28 }, trainer.best]);
  });

  test('what no run can go on from', async () => {
    const bytes = await run().save();
    await expect(run().load(bytes.subarray(0, 1000), 'last.safetensors')).rejects.toThrow(/last\.safetensors/);
    const foreign = await saveSafetensors({ weight: zeros([2]) });
    await expect(run().load(foreign, 'x.safetensors')).rejects.toThrow(
      "checkpoint: x.safetensors holds 1 tensors, but nothing that a run could go on from: it was not written by Rushlight's trainer.",
    );
    const { tensors, metadata } = loadSafetensors(bytes);
    const newer = await saveSafetensors(tensors, { metadata: { ...metadata, 'rushlight.checkpoint': '2' } });
    await expect(run().load(newer)).rejects.toThrow('the checkpoint is of version 2 of checkpoints, and this reads version 1. Update Rushlight.'); // prettier-ignore
    const vague = await saveSafetensors(tensors, { metadata: { ...metadata, 'rushlight.state': '{}' } });
    await expect(run().load(vague)).rejects.toThrow('does not say where its run was');
  });

  test('a failing store ends the run with its error', async () => {
    const store = { ...memoryStore(), write: () => Promise.reject(new Error('the disk is full')) };
    await expect(run({ checkpoints: { store } }).fit(1)).rejects.toThrow('the disk is full');
  });
});

describe('a loss that is no number', () => {
  const spoil = (x: Tensor, at: number[]): Tensor => indexPut(x, at, NaN);

  test('in the data', async () => {
    const x = spoil(randn([20, 2]), [13, 1]);
    const trainLoader = new DataLoader(new TensorDataset(x, zeros([20], { dtype: 'int32' })), { batchSize: 5 });
    const trainer = run({ trainLoader });
    const error = await trainer.fit(1).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(NonFiniteLossError);
    expect(error).toMatchObject({ step: 3, epoch: 1, where: 'the input of the batch' });
    expect(String(error)).toContain('train: the loss is NaN at step 3 (epoch 1). It began in the input of the batch.');
    // The weights are those before.
    const weights = trainer.options.model.parameters().flatMap((p) => [...p.dataSync()]);
    expect(weights.every(Number.isFinite)).toBe(true);
  });

  test('in the last update of an epoch: it is found by the evaluation, and nothing is saved', async () => {
    const store = memoryStore();
    const linear = new Linear(2, 2) as Model;
    const optimizer = new SGD(linear.parameters(), { lr: 1e300 });
    const trainLoader = new DataLoader(points(8), { batchSize: 8 });
    const trainer = run({
      model: linear,
      optimizer,
      trainLoader,
      scheduler: undefined as never,
      checkpoints: { store },
    });
    await expect(trainer.fit(1)).rejects.toThrow(/the loss is NaN at step 1 \(epoch 1\)\. It began in the weight/);
    expect(await store.list()).toEqual([]);
  });

  test('in a layer, and in a weight after a step that was too large', async () => {
    class Log extends Module<[Tensor], Tensor> {
      forward(x: Tensor): Tensor {
        return x.log();
      }
    }
    const model = new Sequential(new Linear(2, 2), new Log(), new Linear(2, 2)) as Model;
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const inLayer = await run({ model, optimizer, scheduler: undefined as never }).fit(1).catch((e: unknown) => e); // prettier-ignore
    expect(inLayer).toMatchObject({ step: 1, where: 'the output of "1" (Log)' });

    const linear = new Linear(2, 2) as Model;
    const wild = new SGD(linear.parameters(), { lr: 1e300 });
    const inWeight = await run({ model: linear, optimizer: wild, scheduler: undefined as never }).fit(1).catch((e: unknown) => e); // prettier-ignore
    expect(inWeight).toMatchObject({ step: 2, where: 'the weight "weight": the update before made it so' });
  });
});

describe('refusals', () => {
  test.each([
    [{ accumulate: 0 }, 'Trainer: accumulate is 0. It must be an integer ≥ 1.'],
    [{ clipGradNorm: -1 }, 'Trainer: clipGradNorm is -1. It must be greater than 0, or left out.'],
    [{ checkpoints: { store: memoryStore(), every: 0.5 } }, 'Trainer: checkpoints.every is 0.5.'],
    [{ callbacks: [{ stateDict: () => 1 }] }, 'Trainer: a callback has a stateDict, but no name to keep it under.'],
  ])('%j', (change, message) => {
    expect(() => run(change)).toThrow(message);
  });

  test('epochs, two runs at once, an empty loader', async () => {
    await expect(run().fit(-1)).rejects.toThrow('Trainer: epochs is -1. It must be an integer ≥ 0.');
    const trainer = run();
    for await (const _ of trainer.run(1)) {
      await expect(trainer.fit(1)).rejects.toThrow('Trainer: it is running. Wait for that run, or leave its loop.');
      await expect(trainer.load(new Uint8Array())).rejects.toThrow('Leave its loop before loading.');
      break;
    }
    const trainLoader = new DataLoader(points(3), { batchSize: 8, dropLast: true });
    await expect(run({ trainLoader }).fit(1)).rejects.toThrow(ValueError);
  });
});

test('callbacks see everything in order, and may stop it', async () => {
  const told: string[] = [];
  const trainer = run({
    callbacks: [
      {
        onStart: () => void told.push('start'),
        onStep: ({ step }) => void told.push(`step ${step}`),
        onEvaluating: (samples) => void told.push(`tested ${samples}`),
        onEpoch: ({ epoch }, run) => {
          told.push(`epoch ${epoch}`);
          run.stop('enough');
        },
        onEnd: ({ stopped }) => void told.push(`end: ${stopped}`),
      },
    ],
  });
  expect((await trainer.fit(5)).stopped).toBe('enough');
  expect(told).toEqual([
    'start',
    ...[1, 2, 3, 4, 5, 6, 7].map((k) => `step ${k}`),
    ...[7, 14, 20].map((k) => `tested ${k}`),
    'epoch 1',
    'end: enough',
  ]);
});

test('a signal that has aborted already: no step is done', async () => {
  const trainer = run();
  const signal = AbortSignal.abort();
  expect(await trainer.fit(5, { signal })).toEqual({ epochs: [], stopped: 'it was aborted' });
  for await (const _ of trainer.run(5, { signal })) throw new Error('there was a step');
  expect(trainer.position).toEqual({ epoch: 0, batch: 0, step: 0 });
  expect(await trainer.fit(1)).toMatchObject({ stopped: undefined });
});

test('a signal that aborts when all is done stops nothing', async () => {
  const abort = new AbortController();
  const trainer = run({ callbacks: [{ onEpoch: () => abort.abort() }] });
  expect((await trainer.fit(1, abort)).stopped).toBeUndefined();
});

test('aborting stops after a step', async () => {
  const abort = new AbortController();
  const trainer = run({ callbacks: [{ onStep: ({ step }) => void (step === 3 && abort.abort()) }] });
  expect((await trainer.fit(5, abort)).stopped).toBe('it was aborted');
  expect(trainer.position).toEqual({ epoch: 0, batch: 3, step: 3 });
});
