import { Generator, manualSeed, tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { describe, expect, test } from 'vitest';
import orders from '../../fixtures/orders.json' with { type: 'json' };
import { BatchSampler } from './batch-sampler.ts';
import { DistributedSampler } from './distributed-sampler.ts';
import { RandomSampler } from './random-sampler.ts';
import { SequentialSampler } from './sequential-sampler.ts';
import { SubsetRandomSampler } from './subset-random-sampler.ts';
import { WeightedRandomSampler } from './weighted-random-sampler.ts';

/** Seeds as the fixtures' script does; returns the generator that is used, and the options that say so. */
function start({ seed, own }: { seed: number; own: boolean }) {
  const generator = own ? new Generator().manualSeed(seed) : manualSeed(seed);
  if (own) manualSeed(999);
  return { used: generator, options: own ? { generator } : {} };
}

const nextDraw = (generator: Generator) => generator.random() % (2 ** 31 - 1);

describe('RandomSampler', () => {
  test.each(orders.random)('n $n, numSamples $numSamples, replacement $replacement, seed $seed', (expected) => {
    const { used, options } = start(expected);
    const { n, numSamples, replacement } = expected;
    const sampler = new RandomSampler({ length: n }, { ...options, replacement, ...(numSamples && { numSamples }) });
    expect(sampler.length).toBe(expected.length);
    expect([[...sampler], [...sampler]]).toEqual(expected.epochs);
    expect(nextDraw(used)).toBe(expected.nextDraw);
  });

  test('draws lazily, as PyTorch does', () => {
    const generator = new Generator().manualSeed(1);
    const sampler = new RandomSampler({ length: 5 }, { generator, replacement: true, numSamples: 1000 });
    const iterator = sampler[Symbol.iterator]();
    iterator.next();
    const after = new Generator().manualSeed(1);
    for (let i = 0; i < 32; i++) after.random();
    expect(generator.random()).toBe(after.random());
  });

  test('refuses what cannot be drawn', () => {
    expect(() => new RandomSampler([])).toThrow(
      'RandomSampler: numSamples should be a positive integer, but is 0: the data set is empty. Pass an integer >= 1.',
    );
    for (const numSamples of [0, -1, 1.5, NaN]) {
      expect(() => new RandomSampler([1], { numSamples })).toThrow(
        `numSamples should be a positive integer, but is ${numSamples}.`,
      );
    }
    const emptied = [1, 2];
    const sampler = new RandomSampler(emptied, { numSamples: 2 });
    emptied.length = 0;
    expect(() => [...sampler]).toThrow('the length of the data source should be a positive integer, but is 0.');
  });
});

test.each(orders.subset)('SubsetRandomSampler of $indices, seed $seed', (expected) => {
  const { used, options } = start(expected);
  const sampler = new SubsetRandomSampler(expected.indices, options);
  expect(sampler.length).toBe(expected.indices.length);
  expect([[...sampler], [...sampler]]).toEqual(expected.epochs);
  expect(nextDraw(used)).toBe(expected.nextDraw);
});

describe('BatchSampler', () => {
  test.each(orders.batch)(
    'n $n, batchSize $batchSize, dropLast $dropLast',
    ({ n, batchSize, dropLast, length, batches }) => {
      const sampler = new BatchSampler(new SequentialSampler({ length: n }), batchSize, dropLast);
      expect(sampler.length).toBe(length);
      expect([...sampler]).toEqual(batches);
    },
  );

  test('takes any iterable; what has no length has none in batches', () => {
    const sampler = new BatchSampler(new Set([4, 2, 7]), 2, false);
    expect([...sampler]).toEqual([[4, 2], [7]]);
    expect(() => sampler.length).toThrow('BatchSampler: its sampler has no length.');
  });

  test('gives every batch an array of its own', () => {
    const [a, b] = new BatchSampler([0, 1, 2, 3], 2, false);
    expect(a).not.toBe(b);
  });

  test.each([0, -3, 2.5, NaN, Infinity])('refuses a batch size of %s', (batchSize) => {
    expect(() => new BatchSampler([1], batchSize, false)).toThrow(
      `BatchSampler: batchSize should be a positive integer, but is ${batchSize}. Pass an integer >= 1.`,
    );
  });
});

test('SequentialSampler follows its source', () => {
  const source = ['a', 'b', 'c'];
  const sampler = new SequentialSampler(source);
  expect([...sampler]).toEqual([0, 1, 2]);
  source.pop();
  expect([sampler.length, ...sampler]).toEqual([2, 0, 1]);
});

describe('WeightedRandomSampler', () => {
  test.each(orders.weighted)('$numSamples of $weights, replacement $replacement, seed $seed', (expected) => {
    const { used, options } = start(expected);
    const { weights, numSamples, replacement } = expected;
    const sampler = new WeightedRandomSampler(weights, numSamples, { ...options, replacement });
    expect(sampler.length).toBe(expected.length);
    expect([[...sampler], [...sampler]]).toEqual(expected.epochs);
    expect(nextDraw(used)).toBe(expected.nextDraw);
  });

  test('draws with replacement unless told otherwise, from any list of numbers', () => {
    const sampler = new WeightedRandomSampler(Float32Array.of(0, 1), 3);
    expect([sampler.replacement, ...sampler]).toEqual([true, 1, 1, 1]);
  });

  test('takes a tensor that can be read at once', async () => {
    await useBackend(reference());
    const weights = tensor([0.5, 0, 2]);
    expect(new WeightedRandomSampler(weights, 1).weights).toEqual(Float64Array.of(0.5, 0, 2));
    expect(() => new WeightedRandomSampler(weights.unsqueeze(0), 1)).toThrow(
      'WeightedRandomSampler: the weights have shape [1, 3]. Pass a flat list.',
    );
    const { readSync: _, ...asynchronous } = await reference().create();
    await useBackend({ ...asynchronous, name: 'asynchronous' });
    expect(() => new WeightedRandomSampler(tensor([1, 2]), 1)).toThrow('cannot be read synchronously. Use `await t.data()`.'); // prettier-ignore
  });

  test.each<[string, () => unknown]>([
    [
      'WeightedRandomSampler: numSamples should be a positive integer, but is 0. Pass an integer >= 1.',
      () => new WeightedRandomSampler([1], 0),
    ],
    [
      'WeightedRandomSampler: numSamples should be a positive integer, but is 1.5.',
      () => new WeightedRandomSampler([1], 1.5),
    ],
    [
      'WeightedRandomSampler: the weight at 1 is a list. Pass a flat list of numbers.',
      () => new WeightedRandomSampler([1, [2]] as never, 1),
    ],
    [
      'WeightedRandomSampler: there are no weights to draw by. Pass one for each sample.',
      () => [...new WeightedRandomSampler([], 1)],
    ],
    ['multinomial: the weight -1 at row 0, category 1 is not', () => [...new WeightedRandomSampler([1, -1], 1)]],
    ['multinomial: the weight NaN at row 0, category 0 is not', () => [...new WeightedRandomSampler([NaN], 1)]],
    ['multinomial: all 2 weights of row 0 are zero.', () => [...new WeightedRandomSampler([0, 0], 1)]],
    [
      'multinomial: 3 samples of 2 categories without replacement.',
      () => [...new WeightedRandomSampler([1, 1], 3, { replacement: false })],
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});

describe('DistributedSampler', () => {
  test.each(orders.distributed)(
    'n $n, numReplicas $numReplicas, shuffle $shuffle, dropLast $dropLast, seed $seed',
    ({ n, ranks, ...options }) => {
      ranks.forEach(({ length, epochs }, rank) => {
        const sampler = new DistributedSampler({ length: n }, { ...options, rank });
        expect(sampler.length).toBe(length);
        const seen = [[...sampler]];
        for (const epoch of [0, 1, 5]) {
          sampler.setEpoch(epoch);
          seen.push([...sampler]);
        }
        expect(seen).toEqual(epochs);
      });
    },
  );

  test('shuffles from the seed 0 unless told otherwise, and draws from no other generator', () => {
    const generator = manualSeed(3);
    const { seed, shuffle, dropLast, epoch } = new DistributedSampler([1], { numReplicas: 1, rank: 0 });
    expect([seed, shuffle, dropLast, epoch]).toEqual([0, true, false, 0]);
    const before = generator.getState();
    expect([...new DistributedSampler({ length: 9 }, { numReplicas: 2, rank: 1 })].length).toBe(5);
    expect(generator.getState()).toEqual(before);
  });

  test.each<[string, () => unknown]>([
    [
      'DistributedSampler: rank 2 is none of 2 replicas. Pass an integer from 0 to 1.',
      () => new DistributedSampler([1], { numReplicas: 2, rank: 2 }),
    ],
    [
      'DistributedSampler: rank -1 is none of 2 replicas.',
      () => new DistributedSampler([1], { numReplicas: 2, rank: -1 }),
    ],
    [
      'DistributedSampler: numReplicas should be a positive integer, but is 0.',
      () => new DistributedSampler([1], { numReplicas: 0, rank: 0 }),
    ],
    [
      'DistributedSampler: seed should be an integer, but is 0.5. Pass one below 2^53.',
      () => new DistributedSampler([1], { numReplicas: 1, rank: 0, seed: 0.5 }),
    ],
    [
      'DistributedSampler: epoch should be a whole number, but is -1. Pass an integer >= 0.',
      () => new DistributedSampler([1], { numReplicas: 1, rank: 0 }).setEpoch(-1),
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});
