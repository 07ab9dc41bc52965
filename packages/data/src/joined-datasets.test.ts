import { manualSeed, tensor, useBackend, type Generator, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import fixtures from '../fixtures/datasets.json' with { type: 'json' };
import { DataLoader } from './data-loader.ts';
import { ConcatDataset, Dataset } from './dataset.ts';
import { ChainDataset, IterableDataset } from './iterable-dataset.ts';
import { SampleError } from './sample-error.ts';
import { StackDataset } from './stack-dataset.ts';
import { TensorDataset } from './tensor-dataset.ts';

beforeAll(() => useBackend(reference()));

class Range extends Dataset<number> {
  readonly start: number;
  readonly length: number;
  constructor(start: number, length: number) {
    super();
    this.start = start;
    this.length = length;
  }
  get(index: number): number {
    return this.start + index;
  }
}

class Stream extends IterableDataset<number> {
  readonly start: number;
  readonly size: number;
  constructor(start: number, size: number) {
    super();
    this.start = start;
    this.size = size;
  }
  override get length(): number {
    return this.size;
  }
  override *[Symbol.iterator](): IterableIterator<number> {
    for (let i = 0; i < this.size; i++) yield this.start + i;
  }
}

const draw = (generator: Generator): number => generator.random() % 1000;

class Drawing extends Dataset<number> {
  length = 3;
  get(_index: number, generator: Generator): number {
    return draw(generator);
  }
}

/** Its samples take a while, and how many are under way at most is remembered. */
class Slow extends Dataset<number> {
  readonly start: number;
  readonly length: number;
  most = 0;
  #open = 0;
  constructor(start: number, length: number) {
    super();
    this.start = start;
    this.length = length;
  }
  async get(index: number): Promise<number> {
    this.most = Math.max(this.most, ++this.#open);
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#open--;
    return this.start + index;
  }
}

/** Makes batches itself, and remembers of which samples. */
class Batching extends Range {
  readonly asked: (readonly number[])[] = [];
  override getBatch(indices: readonly number[]): Tensor {
    this.asked.push(indices);
    return tensor(indices.map((index) => this.get(index)));
  }
}

/** Ranges that go on from each other, with a gap of 100, as the fixtures' script makes them. */
const starts = (sizes: readonly number[]) => sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 100 * k));

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('ConcatDataset', () => {
  test.each(fixtures.concat)('of $sizes: as PyTorch', ({ sizes, length, cumulativeSizes, samples }) => {
    const dataset = new ConcatDataset(starts(sizes).map((start, k) => new Range(start, sizes[k] ?? 0)));
    expect([dataset.length, dataset.cumulativeSizes]).toEqual([length, cumulativeSizes]);
    const asked = (index: number) => {
      try {
        return dataset.get(index);
      } catch (error) {
        return (error as Error).message.includes(`index ${index} is out of range`) ? null : error;
      }
    };
    expect(Object.fromEntries(Object.keys(samples).map((index) => [index, asked(Number(index))]))).toEqual(samples);
  });

  test('is what concat makes, and goes into a loader', async () => {
    const joined = new Range(0, 2).concat(new Range(10, 2)).concat(new TensorDataset(tensor([7])));
    expectTypeOf(joined).toEqualTypeOf<ConcatDataset<number | [Tensor]>>();
    expect(joined.length).toBe(5);
    const numbers = new Range(0, 2).concat(new Range(10, 3));
    const batches = await collect(new DataLoader(numbers, { batchSize: 3 }));
    expect(await Promise.all(batches.map((batch) => batch.toArray()))).toEqual([
      [0, 1, 10],
      [11, 12],
    ]);
  });

  test('asks for the samples of a batch at once, across its data sets', async () => {
    const parts = [new Slow(0, 3), new Slow(10, 3)] as const;
    const batch = await new ConcatDataset(parts).getBatch([0, 4, 2, -1]);
    expect(await batch.toArray()).toEqual([0, 11, 2, 12]);
    expect(parts.map(({ most }) => most)).toEqual([2, 2]);
  });

  test('a batch from one data set is made as that one makes it', async () => {
    const parts = [new Batching(0, 2), new Batching(10, 3)] as const;
    const loader = new DataLoader(new ConcatDataset(parts), { sampler: [3, 2, 1, 4], batchSize: 2 });
    const batches = await collect(loader);
    expect(batches.map((batch) => batch.toArraySync())).toEqual([
      [11, 10],
      [1, 12],
    ]);
    expect(parts.map(({ asked }) => asked)).toEqual([[], [[1, 0]]]);
  });

  test('a batch draws in the order of its samples, and names one that fails', async () => {
    const generator = manualSeed(2);
    const twin = generator.clone();
    const joined = new ConcatDataset([new Drawing(), new Slow(5, 2), new Drawing()]);
    const [a, b, c] = [draw(twin), draw(twin), draw(twin)];
    expect((await joined.getBatch([6, 3, 0, 7], generator)).toArraySync()).toEqual([a, 5, b, c]);
    class Failing extends Range {
      override get(): never {
        throw new Error('no file');
      }
    }
    await expect(new ConcatDataset([new Range(0, 2), new Failing(0, 2)]).getBatch([0, 3])).rejects.toThrow(
      'DataLoader: sample 1 of Failing failed: no file',
    );
  });

  test('hands the generator over', () => {
    const generator = manualSeed(1);
    const expected = draw(generator.clone());
    expect(new ConcatDataset([new Drawing()]).get(1, generator)).toBe(expected);
  });

  test('refuses what it cannot join', () => {
    expect(() => new ConcatDataset([])).toThrow('ConcatDataset: there are no data sets. Pass at least one.');
    expect(() => new ConcatDataset([new Range(0, 1), new Stream(0, 1)] as never)).toThrow(
      'ConcatDataset: data set 1 is an IterableDataset, whose samples have no numbers. Chain those in a ChainDataset.',
    );
    expect(() => new ConcatDataset([new Range(0, 2)]).get(0.5)).toThrow(
      'ConcatDataset: index 0.5 is out of range: the data sets end at [2]. Pass one from -2 to 1.',
    );
  });
});

describe('ChainDataset', () => {
  test.each(fixtures.chain)('of $sizes: as PyTorch', async ({ sizes, length, samples }) => {
    const dataset = new ChainDataset(starts(sizes).map((start, k) => new Stream(start, sizes[k] ?? 0)));
    expect(dataset.length).toBe(length);
    expect(await collect({ [Symbol.asyncIterator]: () => dataset[Symbol.asyncIterator]() })).toEqual(samples);
    const batches = await collect(new DataLoader(dataset, { batchSize: 2 }));
    expect((await Promise.all(batches.map((batch) => batch.toArray()))).flat()).toEqual(samples);
  });

  test('is what concat makes', () => {
    const chained = new Stream(0, 2).concat(new Stream(5, 1));
    expectTypeOf(chained).toEqualTypeOf<ChainDataset<number>>();
    expect([chained instanceof ChainDataset, chained.length]).toEqual([true, 3]);
  });

  test('refuses what has numbers, when it comes to it', async () => {
    const chained = new ChainDataset([new Stream(0, 1), new Range(0, 1)] as never);
    const message = 'ChainDataset: one of the data sets is no IterableDataset.';
    expect(() => chained.length).toThrow(message);
    await expect(collect(new DataLoader(chained))).rejects.toThrow(message);
  });
});

describe('StackDataset', () => {
  test('gives a sample of each, as a list or by name', async () => {
    const list = new StackDataset([new Range(0, 3), new TensorDataset(tensor([[1, 2], [3, 4], [5, 6]]))]); // prettier-ignore
    expect(list.length).toBe(3);
    const [number, [row]] = await list.get(1);
    expectTypeOf(number).toEqualTypeOf<number>();
    expect([number, await row.toArray()]).toEqual([1, [3, 4]]);
    const named = new StackDataset({ a: new Range(0, 3), b: new Range(10, 3) });
    expectTypeOf(await named.get(0)).toEqualTypeOf<{ a: number; b: number }>();
    expect(await named.get(2)).toEqual({ a: 2, b: 12 });
    const [batch] = await collect(new DataLoader(named, { batchSize: 2 }));
    expect(batch && [await batch.a.toArray(), await batch.b.toArray()]).toEqual([
      [0, 1],
      [10, 11],
    ]);
  });

  test('draws in the order of the data sets', async () => {
    const generator = manualSeed(5);
    const twin = generator.clone();
    expect(await new StackDataset([new Drawing(), new Drawing()]).get(0, generator)).toEqual([draw(twin), draw(twin)]);
  });

  test('a batch has each part as its data set makes it', async () => {
    const parts = { slow: new Slow(0, 3), own: new Batching(10, 3), drawn: new Drawing() };
    const generator = manualSeed(6);
    const twin = generator.clone();
    const batch = await new StackDataset(parts).getBatch([2, 0], generator);
    expectTypeOf(batch).toEqualTypeOf<{ slow: Tensor; own: Tensor; drawn: Tensor }>();
    expect(batch.slow.toArraySync()).toEqual([2, 0]);
    expect(batch.drawn.toArraySync()).toEqual([draw(twin), draw(twin)]);
    expect([parts.slow.most, parts.own.asked]).toEqual([2, [[2, 0]]]);
    const [pair] = await collect(new DataLoader(new StackDataset([parts.slow, parts.own]), { batchSize: 3 }));
    expect(pair?.map((part) => part.toArraySync())).toEqual([[0, 1, 2], [10, 11, 12]]); // prettier-ignore
  });

  test('parts that draw take turns in a batch, too', async () => {
    const generator = manualSeed(7);
    const twin = generator.clone();
    const [left, right] = await new StackDataset([new Drawing(), new Drawing()]).getBatch([0, 1], generator);
    const [a, b, c, d] = [draw(twin), draw(twin), draw(twin), draw(twin)];
    expect([left.toArraySync(), right.toArraySync()]).toEqual([[a, c], [b, d]]); // prettier-ignore
  });

  test('the numbers of a part keep the dtype of its first batch, and messages say where they are', async () => {
    const halves = new (class extends Dataset<number> {
      length = 4;
      get(index: number): number {
        return index < 2 ? index : index / 2 + 0.25;
      }
    })();
    const stacked = new StackDataset({ whole: new Range(0, 4), halves });
    await expect(collect(new DataLoader(stacked, { batchSize: 2 }))).rejects.toThrow(
      'sample 0.halves is 1.25, but the numbers of this field were whole in the first batch',
    );
  });

  test('refuses none, other lengths, and a number that there is not', async () => {
    expect(() => new StackDataset([])).toThrow('StackDataset: there are no data sets. Pass at least one.');
    expect(() => new StackDataset({})).toThrow('StackDataset: there are no data sets. Pass at least one.');
    expect(() => new StackDataset({ a: new Range(0, 3), b: new Range(0, 2) })).toThrow(
      'StackDataset: the data set b has 2 samples, but a has 3. Pass data sets of one length.',
    );
    await expect(new StackDataset([new Range(0, 3)]).get(3)).rejects.toThrow('StackDataset: index 3 is out of range');
    class Failing extends Range {
      override get(): never {
        throw new Error('no file');
      }
    }
    const error = await new StackDataset([new Failing(0, 3)]).get(1).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SampleError);
    expect((error as Error).message).toBe('DataLoader: sample 1 of Failing failed: no file');
  });
});
