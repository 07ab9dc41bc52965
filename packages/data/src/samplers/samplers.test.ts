import { Generator, manualSeed } from '@rushlight/core';
import { describe, expect, test } from 'vitest';
import orders from '../../fixtures/orders.json' with { type: 'json' };
import { BatchSampler } from './batch-sampler.ts';
import { RandomSampler } from './random-sampler.ts';
import { SequentialSampler } from './sequential-sampler.ts';
import { SubsetRandomSampler } from './subset-random-sampler.ts';

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
