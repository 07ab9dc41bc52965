import { Generator, manualSeed, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, expectTypeOf, test, vi } from 'vitest';
import loading from '../fixtures/loading.json' with { type: 'json' };
import { DataLoader } from './data-loader.ts';
import { Dataset } from './dataset.ts';
import { randomSplit } from './random-split.ts';
import { Subset } from './subset.ts';
import { TensorDataset } from './tensor-dataset.ts';

beforeAll(() => useBackend(reference()));

class Range extends Dataset<number> {
  readonly length: number;
  constructor(length: number) {
    super();
    this.length = length;
  }
  get(index: number): number {
    return index;
  }
}

test.each(loading.split)(
  'randomSplit of $n into $lengths, seed $seed, own $own: as PyTorch',
  ({ n, lengths, seed, own, parts, nextDraw }) => {
    const generator = own ? new Generator().manualSeed(seed) : manualSeed(seed);
    if (own) manualSeed(999);
    const split = randomSplit(new Range(n), lengths, own ? { generator } : {});
    expect(split.map(({ indices }) => indices)).toEqual(parts);
    expect(generator.random() % (2 ** 31 - 1)).toBe(nextDraw);
  },
);

describe('randomSplit', () => {
  test('deals every sample out once', () => {
    const lengths = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(lengths, (sizes) => {
        const total = sizes.reduce((a, b) => a + b, 0);
        // [1], and [1, 0], is a fraction, which here comes to the same.
        const parts = randomSplit(new Range(total), sizes);
        expect(parts.map((part) => part.length)).toEqual(sizes);
        expect(parts.flatMap(({ indices }) => indices).toSorted((a, b) => a - b)).toEqual([...Array(total).keys()]);
      }),
    );
  });

  test('gives as many subsets as lengths', () => {
    const [train, test] = randomSplit(new TensorDataset(tensor([1, 2, 3])), [2, 1]);
    expectTypeOf(train).toEqualTypeOf<Subset<[Tensor]>>();
    expect([train.length, test.length]).toEqual([2, 1]);
  });

  test('refuses lengths that do not add up', () => {
    const data = new Range(10);
    expect(() => randomSplit(data, [3, 4])).toThrow(
      'randomSplit: the lengths [3, 4] add up to 7, the data set has 10 samples. Pass lengths that add up to that, or fractions that add up to 1.',
    );
    expect(() => randomSplit(data, [1.5, -0.5])).toThrow(
      'randomSplit: the fraction 1.5 at 0 is not between 0 and 1. Pass fractions that are, and add up to 1.',
    );
    for (const [lengths, sum] of [
      [[0.5, 0.4], 0.9],
      [[0.7, 0.2, 0.2], 1.1],
      [[1, 0.5], 1.5],
      [[0.5], 0.5],
    ] as const) {
      expect(() => randomSplit(data, lengths)).toThrow(
        `randomSplit: the fractions [${lengths.join(', ')}] add up to ${sum}. Pass fractions that add up to 1, or numbers of samples.`,
      );
    }
    for (const lengths of [[12, -2], [9.5, 0.5], [NaN]]) {
      const wrong = lengths.find((length) => !Number.isInteger(length) || length < 0);
      expect(() => randomSplit(data, lengths)).toThrow(
        `randomSplit: the length ${wrong} is no number of samples. Pass integers >= 0, or fractions that add up to 1.`,
      );
    }
  });
});

describe('Subset', () => {
  test('has the samples at its indices, and the batches of its data set', async () => {
    const getBatch = vi.spyOn(TensorDataset.prototype, 'getBatch');
    const subset = new Subset(new TensorDataset(tensor([10, 11, 12, 13])), [3, 1, 3]);
    expect(subset.length).toBe(3);
    const [x] = await subset.get(1);
    expect(await x.item()).toBe(11);
    for await (const [batch] of new DataLoader(subset, { batchSize: 3 })) {
      expectTypeOf(batch).toEqualTypeOf<Tensor>();
      expect(await batch.toArray()).toEqual([13, 11, 13]);
    }
    expect(getBatch).toHaveBeenCalledTimes(1);
    getBatch.mockRestore();
    const nested = new Subset(new Subset(new Range(9), [8, 6, 4]), [2, 0]);
    for await (const batch of new DataLoader(nested, { batchSize: 2 })) expect(await batch.toArray()).toEqual([4, 8]);
    for await (const batch of new DataLoader(nested, { batchSize: 2, collateFn: (list) => list })) {
      expect(batch).toEqual([4, 8]);
    }
  });

  test('hands the generator on', async () => {
    class Drawing extends Range {
      override get(index: number, generator?: Generator): number {
        return index + 1000 * (1 + ((generator?.random() ?? -1) % 1000));
      }
    }
    const draw = new Generator().manualSeed(3);
    expect(await new Subset(new Drawing(2), [1]).get(0, new Generator().manualSeed(3))).toBe(
      1 + 1000 * (1 + (draw.random() % 1000)),
    );
    const batch = await new Subset(new Drawing(2), [1]).getBatch([0], new Generator().manualSeed(3));
    expect(await batch.item()).toBeGreaterThan(1000);
  });

  test('refuses indices that neither it nor its data set has', async () => {
    const subset = new Subset(new Range(4), [0, 4]);
    expect(() => subset.get(2)).toThrow('Subset: index 2 is out of range: the data set has 0 to 1.');
    const message =
      'Subset: its index 4 at 1 is none of the data set, which has 4 samples. Pass indices of that data set.';
    expect(() => subset.get(1)).toThrow(message);
    await expect(subset.getBatch([0, 1])).rejects.toThrow(message);
  });
});
