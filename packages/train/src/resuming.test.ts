// Going on where something odd was under way: numbers whose dtype the first batch told, failures, and saves at any moment.

import { defaultGenerator, Generator, manualSeed, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { DataLoader, Dataset, RandomSampler } from '@rushlight/data';
import { mseLoss } from '@rushlight/losses';
import { Dropout, Linear, Sequential } from '@rushlight/nn';
import { SGD } from '@rushlight/optim';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Model } from './evaluate.ts';
import type { TrainerOptions } from './trainer-options.ts';
import { Trainer } from './trainer.ts';

beforeAll(() => useBackend(reference()));

const count = 12;

/** Noisy points whose numbers are plain, most of them whole. */
class Numbers extends Dataset<[Tensor, number]> {
  length = count;
  /** How many more samples it gives before it fails once. */
  left = Infinity;
  get(index: number, generator: Generator): [Tensor, number] {
    if (this.left-- === 0) throw new Error('the file is gone');
    return [tensor([index / count, (generator.random() % 100) / 100]), index === 0 ? 0.5 : index % 3];
  }
}

const seeded = (): Generator => new Generator().manualSeed(5);
const sampler = (): RandomSampler => new RandomSampler({ length: count }, { generator: seeded() });
/** The same without a length. It draws once more when it is at its end. */
const endless = () => {
  const inner = sampler();
  return { generator: inner.generator, [Symbol.iterator]: () => inner[Symbol.iterator]() };
};

function run({ loader = {}, dataset = new Numbers(), ...change }: Partial<TrainerOptions> & { loader?: object; dataset?: Numbers } = {}): Trainer {
  manualSeed(7);
  const model = new Sequential(new Linear(2, 4), new Dropout({ p: 0.3 }), new Linear(4, 1)) as unknown as Model;
  return new Trainer({
    model,
    optimizer: new SGD(model.parameters(), { lr: 0.05 }),
    // Other dtypes give other numbers.
    criterion: (output, target) => mseLoss(output.reshape([-1]), target.to('float32').mul(target.dtype === 'int32' ? 2 : 1)),
    trainLoader: new DataLoader(dataset, { batchSize: 2, ...loader }),
    evalLoader: new DataLoader(new Numbers(), { batchSize: 5, sampler: [1, 2, 3, 0] }),
    ...change,
  });
} // prettier-ignore

/** Its weights and losses to the last bit, and what is drawn next. */
async function outcome(trainer: Trainer, epochs: number): Promise<unknown> {
  const { epochs: told } = await trainer.fit(epochs);
  const weights = trainer.options.model.parameters().map((weight) => weight.toArraySync());
  return [weights, told.at(-1)?.loss, told.at(-1)?.evaluation, defaultGenerator().random()];
}

/** What `make` comes to from these bytes. */
async function resumed(make: () => Trainer, bytes: Uint8Array, epochs: number): Promise<unknown> {
  const trainer = make();
  manualSeed(99);
  await trainer.load(bytes);
  return outcome(trainer, epochs);
}

test('plain numbers have the dtype that the first batch of the run gave them', async () => {
  for (const prefetch of [0, 2]) {
    const make = (): Trainer => run({ loader: { prefetch } });
    const whole = await outcome(make(), 2);
    for (const place of [1, 5, 8]) {
      const first = make();
      for await (const event of first.run(2)) if (event.step === place) break;
      expect(await resumed(make, await first.save(), 2)).toEqual(whole);
    }
  }
});

test('a loader that refuses its state: nothing is loaded', async () => {
  const bytes = await run().save();
  const trainer = run();
  await trainer.fit(1);
  const { evalLoader } = trainer.options;
  const refuse = (): void => {
    throw new Error('no');
  };
  Object.assign(evalLoader as object, { loadStateDict: refuse });
  const before = await trainer.save();
  await expect(trainer.load(bytes)).rejects.toThrow('no');
  expect(await trainer.save()).toEqual(before);
  expect(trainer.options.trainLoader.stateDict?.()).toEqual({ numbers: { '[1]': 'float32' } });
});

describe('a step that failed is done again with the same draws', () => {
  test.each([1, 2, 3])('with %i batches an update', async (accumulate) => {
    const replaced = (): RandomSampler =>
      new RandomSampler({ length: count }, { generator: seeded(), replacement: true, numSamples: 70 });
    const make = (dataset?: Numbers): Trainer =>
      run({ accumulate, loader: { sampler: replaced(), numbers: 'float32' }, ...(dataset && { dataset }) });
    const whole = await outcome(make(), 2);
    for (const left of [0, 5, 31, 33, 68, 71]) {
      const dataset = new Numbers();
      const trainer = make(dataset);
      dataset.left = left;
      await expect(trainer.fit(2)).rejects.toThrow('the file is gone');
      const bytes = await trainer.save();
      expect(await outcome(trainer, 2)).toEqual(whole);
      expect(await resumed(make, bytes, 2)).toEqual(whole);
    }
  });
});

describe('a checkpoint of any moment is one of a place in the run', () => {
  const loaders: Record<string, [loader: () => object, accumulate?: number]> = {
    'with a sampler that draws at its end': [() => ({ sampler: sampler() })],
    'without a length, the last update smaller': [() => ({ batchSize: 1, sampler: endless() }), 5],
  };
  test.each(Object.entries(loaders))('%s', async (_, [loader, accumulate = 1]) => {
    const make = (): Trainer => run({ accumulate, loader: { ...loader(), numbers: 'float32' } });
    const whole = await outcome(make(), 2);
    const trainer = make();
    const saved: Uint8Array[] = [];
    const saving = (async () => {
      while (trainer.position.epoch < 2) {
        const bytes = await trainer.save();
        // Where nothing is left to be done there is nothing to be compared.
        if (trainer.position.epoch < 2) saved.push(bytes);
        for (let wait = saved.length % 7; wait > 0; wait--) await Promise.resolve();
      }
    })();
    expect(await outcome(trainer, 2)).toEqual(whole);
    await saving;
    expect(saved.length).toBeGreaterThan(5);
    for (const bytes of saved) expect(await resumed(make, bytes, 2)).toEqual(whole);
  });
});
