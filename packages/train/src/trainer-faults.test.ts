// What goes wrong around a run: stores, callbacks, loaders, options.

import { Generator, manualSeed, randn, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { DataLoader, TensorDataset } from '@rushlight/data';
import { crossEntropy } from '@rushlight/losses';
import { Linear } from '@rushlight/nn';
import { lrScheduler, SGD } from '@rushlight/optim';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Callback } from './callbacks/callback.ts';
import { EarlyStopping } from './callbacks/early-stopping.ts';
import { memoryStore, StoreError, type CheckpointStore } from './checkpoint-store.ts';
import type { Batch, Model } from './evaluate.ts';
import type { EpochEvent } from './events.ts';
import { Accuracy } from './metrics/accuracy.ts';
import { StepGate } from './step-gate.ts';
import { bestCheckpoint, lastCheckpoint, type Loader, type TrainerOptions } from './trainer-options.ts';
import { Trainer } from './trainer.ts';

beforeAll(() => useBackend(reference()));

function samples(count: number): TensorDataset<[Tensor, Tensor]> {
  manualSeed(count);
  return new TensorDataset(randn([count, 2]), zeros([count], { dtype: 'int32' }));
}

type Change = Partial<TrainerOptions> & { readonly plateau?: 'min' | 'max' };

function run({ plateau, ...change }: Change = {}): Trainer {
  manualSeed(5);
  const model = new Linear(2, 2) as Model;
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  return new Trainer({
    model,
    optimizer,
    criterion: crossEntropy,
    trainLoader: new DataLoader(samples(12), { batchSize: 4, shuffle: true }),
    ...(plateau && { scheduler: new lrScheduler.ReduceLROnPlateau(optimizer, { mode: plateau }) }),
    ...change,
  });
}

const weightsOf = ({ options }: Trainer): unknown => options.model.parameters().map((p) => p.toArraySync());

describe('a store that fails', () => {
  /** As a disk that is full for some of the writes. */
  function failing(fails: (count: number) => boolean): CheckpointStore {
    const store = memoryStore();
    let count = 0;
    return {
      ...store,
      async write(name, bytes) {
        if (fails(++count)) throw new StoreError('folderStore', name, `${name} cannot be written: the disk is full.`, { code: 'ENOSPC', cause: undefined }); // prettier-ignore
        await store.write(name, bytes);
      },
    };
  }

  test('in the midst of an epoch: what was written stays, and the run goes on from where it is', async () => {
    const whole = run();
    await whole.fit(2);
    const store = failing((count) => count === 3);
    const trainer = run({ checkpoints: { store, every: 1 } });
    await expect(trainer.fit(2)).rejects.toMatchObject({ name: 'StoreError', code: 'ENOSPC' });
    expect(trainer.position).toEqual({ epoch: 0, batch: 3, step: 3 });
    const bytes = (await store.read(lastCheckpoint)) as Uint8Array;
    await trainer.fit(2);
    const kept = run();
    await kept.load(bytes);
    expect(kept.position.step).toBe(2);
    await kept.fit(2);
    expect([weightsOf(kept), weightsOf(trainer)]).toEqual([weightsOf(whole), weightsOf(whole)]);
  });

  test.each<[string, (count: number) => boolean, Callback[], number]>([
    ['and is full for long', (count) => count === 3 || count === 4, [], 2],
    ['after a callback that throws', () => false, [{ onEpoch: ({ epoch }) => { if (epoch === 2) throw new Error('no'); } }], 1],
  ])('when the best weights come, %s: they are written before the run goes on', async (_, fails, callbacks, times) => {
    const losses = [3, 1, 2, 2];
    const monitor = ({ epoch }: EpochEvent): number => losses[epoch - 1] ?? NaN;
    const store = failing(fails);
    const trainer = run({ callbacks, checkpoints: { store, monitor, mode: 'min' } });
    for (let k = 0; k < times; k++) await expect(trainer.fit(4)).rejects.toThrow(/disk is full|no/);
    expect(trainer.position.epoch).toBe(2);
    const best = await trainer.saveWeights();
    await trainer.fit(4);
    expect(trainer.best).toBe(1);
    expect(await store.read(bestCheckpoint)).toEqual(best);
  }); // prettier-ignore

  test('at the end of an epoch', async () => {
    const trainer = run({ checkpoints: { store: failing((count) => count === 2) } });
    await expect(trainer.fit(2)).rejects.toThrow('folderStore: last.safetensors cannot be written: the disk is full.');
    expect(trainer.position).toEqual({ epoch: 1, batch: 0, step: 3 });
    expect((await trainer.fit(2)).epochs).toHaveLength(1);
  });
});

describe('a callback that throws', () => {
  const thrower = (name: keyof Callback): Callback => ({
    [name]: () => {
      throw new Error(`no ${name}`);
    },
  });

  test.each(['onStart', 'onStep', 'onEpoch', 'onEnd'] as const)('%s ends the run with its error, and all hear of the end', async (name) => {
    const ended: number[] = [];
    const hears: Callback = { onEnd: () => void ended.push(1) };
    const trainer = run({ callbacks: [hears, thrower(name), hears] });
    await expect(trainer.fit(1)).rejects.toThrow(`no ${name}`);
    expect(ended).toEqual([1, 1]);
    // It is not taken to be running still.
    await expect(trainer.load(new Uint8Array())).rejects.toThrow('has 0 bytes');
    expect(trainer.position.step).toBe({ onStart: 0, onStep: 1, onEpoch: 3, onEnd: 3 }[name]);
  }); // prettier-ignore

  test('the error that ended the run is not replaced by one of the end', async () => {
    const trainer = run({ callbacks: [thrower('onStep'), thrower('onEnd')] });
    await expect(trainer.fit(1)).rejects.toThrow('no onStep');
  });

  test('who leaves the loop learns of it', async () => {
    const trainer = run({ callbacks: [thrower('onEnd')] });
    const leave = async (): Promise<void> => {
      for await (const _ of trainer.run(1)) break;
    };
    await expect(leave()).rejects.toThrow('no onEnd');
  });
});

test('a loader that fails: the run goes on where it was', async () => {
  const whole = run();
  await whole.fit(1);
  const trainer = run();
  const { trainLoader } = trainer.options;
  let left = 2;
  const failing: Loader = Object.assign(Object.create(trainLoader) as Loader, {
    async *batches(options: Parameters<Loader['batches']>[0]): AsyncGenerator<Batch> {
      for await (const batch of trainLoader.batches(options)) {
        if (left-- === 0) throw new Error('the file is gone');
        yield batch;
      }
    },
  });
  const other = new Trainer({ ...trainer.options, trainLoader: failing });
  await expect(other.fit(1)).rejects.toThrow('the file is gone');
  expect(other.position).toEqual({ epoch: 0, batch: 2, step: 2 });
  await other.fit(1);
  expect(weightsOf(other)).toEqual(weightsOf(whole));
});

describe('odd numbers', () => {
  test('epochs', async () => {
    for (const epochs of [NaN, 1.5, -1, Infinity, '3' as never]) {
      await expect(run().fit(epochs)).rejects.toThrow(`Trainer: epochs is ${epochs}. It must be an integer ≥ 0.`);
    }
    expect(await run().fit(0)).toEqual({ epochs: [], stopped: undefined });
    const trainer = run();
    await trainer.fit(2);
    expect(await trainer.fit(1)).toEqual({ epochs: [], stopped: undefined });
  });

  test('more batches an update than an epoch has: one update, the mean of all', async () => {
    const plain = (options: object): Trainer =>
      run({ trainLoader: new DataLoader(samples(12), { batchSize: 4, ...options }) });
    const [all, one] = [plain({ batchSize: 12 }), plain({})];
    const many = new Trainer({ ...one.options, accumulate: 100 });
    const [{ step } = {}] = (await many.fit(1)).epochs;
    await all.fit(1);
    expect(step).toBe(1);
    const flat = (trainer: Trainer): number[] => trainer.options.model.parameters().flatMap((p) => [...p.dataSync()]);
    flat(many).forEach((w, k) => expect(w).toBeCloseTo(flat(all)[k] ?? NaN, 6));
  });

  test('an empty loader, for training and for evaluation', async () => {
    const empty = new DataLoader(samples(3), { batchSize: 4, dropLast: true });
    await expect(run({ trainLoader: empty }).fit(1)).rejects.toThrow('Trainer: the loader gives no batch. Check its data set and batch size.'); // prettier-ignore
    await expect(run({ evalLoader: empty }).fit(1)).rejects.toThrow('evaluate: there is no batch. Pass a loader that gives some.'); // prettier-ignore
  });

  test('a loss that is not one number', async () => {
    const criterion = (output: Tensor, target: Tensor): Tensor => crossEntropy(output, target, { reduction: 'none' });
    await expect(run({ criterion }).fit(1)).rejects.toThrow(
      'Trainer: the criterion gave a loss of shape [4]. It must be one number: take its mean.',
    );
  });
});

test.each<[Change, string]>([
  [{ scheduleBy: 'steps' as never }, `Trainer: scheduleBy is "steps". Use 'epoch' or 'step'.`],
  [{ plateau: 'min', scheduleBy: 'step' }, 'Trainer: a schedule that watches a number goes on by epoch'],
  [{ plateau: 'max' }, "Trainer: the schedule has mode 'max', and what is watched has 'min'. Make it with { mode: 'min' }"],
  [{ metrics: { loss: new Accuracy() } }, 'Trainer: a metric has the name "loss", which the mean of the criterion has. Give it another.'],
  [{ checkpoints: { store: memoryStore(), monitor: 'accuracy' } }, 'monitor: an epoch has no number "accuracy". It has loss.'],
  [{ checkpoints: { store: memoryStore(), monitor: () => 1 } }, 'monitor: nothing tells whether what a function gives is better when smaller or larger.'],
  [{ checkpoints: { store: memoryStore(), extra: { seed: 1n } } }, 'Trainer: checkpoints.extra is no plain JSON (Do not know how to serialize a BigInt). Leave out what is not.'],
  [{ callbacks: [new EarlyStopping(), new EarlyStopping()] }, 'Trainer: two callbacks have a stateDict and the name "EarlyStopping". Give one of them another.'],
])('options that make no sense: %#', (change, message) => {
  expect(() => run(change)).toThrow(message);
}); // prettier-ignore

test('EarlyStopping says at the start that there will be no such number', async () => {
  const trainer = run({ callbacks: [new EarlyStopping({ monitor: 'accuracy' })] });
  await expect(trainer.fit(1)).rejects.toThrow('monitor: an epoch has no number "accuracy". It has loss.');
  expect(trainer.position.step).toBe(0);
});

test('an evaluation that shuffles with a generator of its own goes on exactly, too', async () => {
  const make = (): Trainer =>
    run({ evalLoader: new DataLoader(samples(9), { batchSize: 2, shuffle: true, generator: new Generator().manualSeed(4) }) }); // prettier-ignore
  const losses = async (trainer: Trainer): Promise<unknown> => (await trainer.fit(3)).epochs.map(({ evaluation }) => evaluation?.loss); // prettier-ignore
  const whole = (await losses(make())) as number[];
  const first = make();
  await first.fit(1);
  const bytes = await first.save();
  const second = make();
  await second.load(bytes);
  expect(await losses(second)).toEqual(whole.slice(1));
});

describe('StepGate', () => {
  test('who looks waits for the step, and the next step for who looks', async () => {
    const gate = new StepGate();
    const told: string[] = [];
    await gate.begin();
    const looks = gate.between(async () => {
      told.push('look');
      await Promise.resolve();
      told.push('looked');
    });
    await Promise.resolve();
    expect(told).toEqual([]);
    gate.end();
    await gate.begin();
    told.push('step');
    await looks;
    expect(told).toEqual(['look', 'looked', 'step']);
  });

  test('one that fails holds nobody up', async () => {
    const gate = new StepGate();
    await expect(gate.between(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await gate.begin();
    gate.end();
  });
});
