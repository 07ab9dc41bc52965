import { defaultGenerator, Generator, manualSeed, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { DataLoader, type DataLoaderOptions } from './data-loader.ts';
import { Dataset } from './dataset.ts';
import { BatchSampler } from './samplers/batch-sampler.ts';
import { RandomSampler } from './samplers/random-sampler.ts';
import type { Order } from './samplers/sampler.ts';
import { SubsetRandomSampler } from './samplers/subset-random-sampler.ts';

beforeAll(() => useBackend(reference()));

class Drawing extends Dataset<number> {
  length = 23;
  get(index: number, generator: Generator): number {
    return 1000 * index + (generator.random() % 1000);
  }
}

type Options = DataLoaderOptions<number, Tensor>;

/** As a trainer does it: states of all generators at the beginning of the epoch and after a batch, and something drawn in between. */
function trainer(options: () => Options) {
  const loader = new DataLoader(new Drawing(), options());
  const all = [defaultGenerator(), ...loader.generators];
  const states = () => all.map((generator) => generator.getState());
  const restore = (saved: readonly Uint8Array[]) => saved.forEach((state, k) => all[k]?.setState(state));
  const seen: unknown[] = [];
  const step = async (batch: Tensor) => {
    seen.push([await batch.toArray(), defaultGenerator().random()]);
  };
  return { loader, states, restore, seen, step };
}

/** An epoch without interruption, and one gone on with after `stop` batches by a loader that knows states alone. */
async function both(options: () => Options, stop: number, later: () => Options = options) {
  manualSeed(3);
  const whole = trainer(options);
  for await (const batch of whole.loader) await whole.step(batch);
  const end = whole.states();

  manualSeed(3);
  const first = trainer(options);
  const beginning = first.states();
  let now = beginning;
  for await (const batch of first.loader) {
    await first.step(batch);
    now = first.states();
    if (first.seen.length === stop) break;
  }
  manualSeed(99);
  const second = trainer(later);
  second.restore(beginning);
  const passed = () => second.restore(now);
  for await (const batch of second.loader.batches({ from: first.seen.length, passed })) await second.step(batch);

  return [
    { seen: [...first.seen, ...second.seen], end: second.states() },
    { seen: whole.seen, end },
  ];
}

const seeded = () => new Generator().manualSeed(5);
const sampled = (sampler: () => Order, options: Options) => (): Options => ({
  batchSize: 4,
  sampler: sampler(),
  ...options,
});

describe('an epoch goes on exactly where it was interrupted', () => {
  const kinds: Record<string, (prefetch: number) => () => Options> = {
    'shuffled by the default generator': (prefetch) => () => ({ batchSize: 4, shuffle: true, prefetch }),
    'shuffled by a generator of the loader': (prefetch) => () => ({
      batchSize: 4,
      shuffle: true,
      generator: seeded(),
      prefetch,
    }),
    'ordered by a generator of the sampler': (prefetch) =>
      sampled(() => new RandomSampler(new Drawing(), { generator: seeded() }), { prefetch }),
    'more than all samples': (prefetch) =>
      sampled(() => new RandomSampler(new Drawing(), { generator: seeded(), numSamples: 60 }), { prefetch }),
    'with replacement': (prefetch) =>
      sampled(() => new RandomSampler(new Drawing(), { generator: seeded(), replacement: true, numSamples: 70 }), {
        prefetch,
      }),
    'by another generator than the loader': (prefetch) => () => ({
      batchSize: 1,
      sampler: new SubsetRandomSampler([3, 1, 4, 15, 9, 2, 6], { generator: seeded() }),
      generator: new Generator().manualSeed(6),
      prefetch,
    }),
    'by a batchSampler': (prefetch) => () => ({
      batchSampler: new BatchSampler(new RandomSampler(new Drawing(), { generator: seeded() }), 3, false),
      prefetch,
    }),
    'by a sampler without an end that draws as it goes': (prefetch) => () => {
      const generator = seeded();
      const batchSampler = {
        generator,
        *[Symbol.iterator]() {
          for (let k = 0; k < 9; k++) yield [generator.random() % 23, generator.random() % 23];
        },
      };
      return { batchSampler, prefetch };
    },
  };

  test.each(Object.keys(kinds))('%s', async (kind) => {
    for (const prefetch of [0, 1, 3]) {
      for (const stop of [1, 2, 5, 6]) {
        const [resumed, whole] = await both(kinds[kind]!(prefetch), stop);
        expect(resumed).toEqual(whole);
      }
    }
  });

  test('whatever is fetched ahead', async () => {
    const options = kinds['shuffled by a generator of the loader']!;
    const prefetch = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(prefetch, prefetch, fc.integer({ min: 1, max: 6 }), async (before, after, stop) => {
        const [resumed, whole] = await both(options(before), stop, options(after));
        expect(resumed).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  test('a sampler with a length draws at once where batches are fetched ahead, also when the default generator is its own', async () => {
    const sampler = () => new RandomSampler(new Drawing(), { generator: defaultGenerator(), numSamples: 60 });
    const [resumed, whole] = await both(sampled(sampler, { prefetch: 2 }), 7);
    expect(resumed).toEqual(whole);
  });
});

describe('generators', () => {
  const generatorsOf = (options: Options) => new DataLoader(new Drawing(), options).generators;

  test('are those that an epoch draws from, beside the default one, each once', () => {
    const [own, other] = [new Generator(), new Generator()];
    const random = new RandomSampler(new Drawing(), { generator: other });
    expect(generatorsOf({})).toEqual([]);
    expect(generatorsOf({ shuffle: true })).toEqual([]);
    expect(generatorsOf({ shuffle: true, generator: defaultGenerator() })).toEqual([]);
    expect(generatorsOf({ shuffle: true, generator: own })).toEqual([own]);
    const found = generatorsOf({ sampler: random, generator: own });
    expect([found.length, found[0] === own, found[1] === other]).toEqual([2, true, true]);
    expect(generatorsOf({ batchSampler: new BatchSampler(random, 2, true) })[0]).toBe(other);
    expect(generatorsOf({ sampler: [1, 2] })).toEqual([]);
    expect(generatorsOf({ batchSampler: [[1], [2]] })).toEqual([]);
  });
});
