import { defaultGenerator, Generator, manualSeed, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import loading from '../fixtures/loading.json' with { type: 'json' };
import { DataLoader, type DataLoaderOptions } from './data-loader.ts';
import { Dataset } from './dataset.ts';
import { IterableDataset } from './iterable-dataset.ts';

beforeAll(() => useBackend(reference()));

/** Its number, and something below 1000, as the fixtures' samples. */
const noisy = (i: number, generator = defaultGenerator()): number => 1000 * i + (generator.random() % 1000);
const nextDraw = () => defaultGenerator().random() % (2 ** 31 - 1);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

class Augmented extends Dataset<number> {
  readonly length: number;
  constructor(length: number) {
    super();
    this.length = length;
  }
  get(index: number, generator?: Generator): number {
    return noisy(index, generator);
  }
}

/** Samples come late, and in another order than they were asked for. */
class Late extends Dataset<number> {
  readonly length: number;
  running = 0;
  most = 0;
  constructor(length: number) {
    super();
    this.length = length;
  }
  async get(index: number, generator?: Generator): Promise<number> {
    this.most = Math.max(this.most, ++this.running);
    await pause((index * 7) % 4);
    this.running--;
    return noisy(index, generator);
  }
}

class Stream extends IterableDataset<number> {
  readonly size: number;
  ended = 0;
  constructor(size: number) {
    super();
    this.size = size;
  }
  override *[Symbol.iterator](generator?: Generator): IterableIterator<number> {
    try {
      for (let i = 0; i < this.size; i++) yield noisy(i, generator);
    } finally {
      this.ended++;
    }
  }
}

class LateStream extends IterableDataset<number> {
  override get length(): number {
    return 7;
  }
  override async *[Symbol.asyncIterator](generator?: Generator): AsyncGenerator<number, void, undefined> {
    for (let i = 0; i < 7; i++) {
      await pause((i * 7) % 4);
      yield noisy(i, generator);
    }
  }
}

async function epoch(batches: AsyncIterable<Tensor>, stop = Infinity): Promise<number[][]> {
  const seen: number[][] = [];
  for await (const batch of batches) {
    seen.push([...(await batch.data())]);
    if (seen.length === stop) break;
  }
  return seen;
}

test.each(loading.stream)(
  'IterableDataset: n $n, batchSize $batchSize, dropLast $dropLast, stop $stop: as PyTorch',
  async ({ n, batchSize, dropLast, stop, seed, epochs, nextDraw: next }) => {
    manualSeed(seed);
    const dataset = new Stream(n);
    const loader = new DataLoader(dataset, { batchSize, dropLast });
    for (const batches of epochs) expect(await epoch(loader, stop ?? Infinity)).toEqual(batches);
    expect(nextDraw()).toBe(next);
    expect(dataset.ended).toBe(epochs.length);
  },
);

test.each(loading.augmented)(
  'samples that draw: n $n, batchSize $batchSize, shuffle $shuffle, stop $stop: as PyTorch',
  async ({ n, batchSize, shuffle, stop, seed, epochs, nextDraw: next }) => {
    for (const dataset of [new Augmented(n), new Late(n)]) {
      manualSeed(seed);
      const loader = new DataLoader(dataset, { batchSize, shuffle });
      for (const batches of epochs) expect(await epoch(loader, stop ?? Infinity)).toEqual(batches);
      expect(nextDraw()).toBe(next);
    }
  },
);

describe('IterableDataset', () => {
  test('may be asynchronous, and know its length', async () => {
    const loader = new DataLoader(new LateStream(), { batchSize: 3 });
    expectTypeOf(loader).toEqualTypeOf<DataLoader<number, Tensor>>();
    expect([loader.length, (await epoch(loader)).map((batch) => batch.length)]).toEqual([3, [3, 3, 1]]);
    expect(new DataLoader(new LateStream(), { batchSize: 3, dropLast: true }).length).toBe(2);
    expect(loader.batchSampler).toBeUndefined();
  });

  test('has no length unless it says so', () => {
    expect(() => new DataLoader(new Stream(3)).length).toThrow(
      'Stream: a data set that is iterated over has no length. Write `get length()` in the class if it is known.',
    );
  });

  test('takes a collateFn, and any kind of sample', async () => {
    class Words extends IterableDataset<string> {
      override [Symbol.iterator](): Iterator<string> {
        return ['a', 'b', 'c'][Symbol.iterator]();
      }
    }
    const seen: unknown[] = [];
    for await (const batch of new DataLoader(new Words(), { batchSize: 2 })) seen.push(batch);
    for await (const batch of new DataLoader(new Words(), { batchSize: 2, collateFn: (words) => words.join('') })) {
      seen.push(batch);
    }
    expect(seen).toEqual([['a', 'b'], ['c'], 'ab', 'c']);
  });

  test('takes nothing that orders its samples, and needs an iterator', async () => {
    for (const options of [{ shuffle: true }, { sampler: [0] }, { batchSampler: [[0]] }]) {
      expect(() => new DataLoader(new Stream(3), options)).toThrow(
        `DataLoader: an IterableDataset has an order of its own, but ${Object.keys(options)[0]} is given. Leave it out, or order the samples in the data set.`,
      );
    }
    class Nothing extends IterableDataset<number> {}
    await expect(epoch(new DataLoader(new Nothing()))).rejects.toThrow(
      'Nothing: it has neither [Symbol.iterator] nor [Symbol.asyncIterator]. Write one of them in the class.',
    );
  });
});

describe('samples that come later', () => {
  test('are asked for one by one where they draw, else all at once', async () => {
    const drawing = new Late(6);
    await epoch(new DataLoader(drawing, { batchSize: 3 }));
    expect(drawing.most).toBe(1);
    class Still extends Late {
      override get(index: number): Promise<number> {
        return super.get(index);
      }
    }
    const still = new Still(6);
    await epoch(new DataLoader(still, { batchSize: 3 }));
    expect(still.most).toBe(3);
  });

  test('getBatch and a collateFn are handed the generator of the loader too', async () => {
    const generator = new Generator();
    const given: unknown[] = [];
    class Batches extends Augmented {
      override get(index: number, own?: Generator): number {
        given.push(own);
        return index;
      }
      override getBatch(indices: readonly number[], own?: Generator): Tensor {
        given.push(own);
        return tensor([...indices]);
      }
    }
    await epoch(new DataLoader(new Batches(1), { generator }));
    await epoch(new DataLoader(new Batches(1), { generator, collateFn: (samples) => tensor(samples) }));
    await epoch(new DataLoader(new Batches(1)));
    expect(given).toEqual([generator, generator, defaultGenerator()]);
  });
});

describe('prefetch', () => {
  const sets = [() => new Augmented(11), () => new Late(11), () => new Stream(11)];
  const all = async (make: (typeof sets)[number], options: DataLoaderOptions<number, Tensor>, from = 0) => {
    const dataset = make();
    const generator = new Generator().manualSeed(5);
    const shuffle = dataset instanceof Dataset;
    return epoch(new DataLoader(dataset, { batchSize: 3, shuffle, generator, ...options }).batches({ from }));
  };

  test('gives the same batches whatever the count, in order, and those of any later beginning', async () => {
    for (const make of sets) {
      const batches = await all(make, { prefetch: 1 });
      expect(batches.map((batch) => batch.length)).toEqual([3, 3, 3, 2]);
      for (const prefetch of [2, 3, 100]) expect(await all(make, { prefetch })).toEqual(batches);
      for (const from of [0, 1, 3, 4]) expect(await all(make, { prefetch: 2 }, from)).toEqual(batches.slice(from));
      // In the order of the sampler, which is that without prefetching.
      const numbers = (list: number[][]) => list.map((batch) => batch.map((x) => Math.floor(x / 1000)));
      expect(numbers(batches)).toEqual(numbers(await all(make, { prefetch: 0 })));
    }
  });

  test('every batch of a data set draws from a generator of its own, the base seed plus its number', async () => {
    const generator = new Generator().manualSeed(9);
    const loader = new DataLoader(new Augmented(4), { batchSize: 2, generator, prefetch: 2 });
    const batches = await epoch(loader);
    const seed = BigInt.asUintN(63, new Generator().manualSeed(9).random64());
    const expected = [0, 1].map((number) => {
      const own = new Generator().manualSeed(seed + BigInt(number));
      return [noisy(2 * number, own), noisy(2 * number + 1, own)];
    });
    expect(batches).toEqual(expected);
    const after = new Generator().manualSeed(9);
    after.random64();
    expect(generator.random()).toBe(after.random());
  });

  /** Counts what is asked for and what is under way. */
  class Watched extends Dataset<number> {
    length = 20;
    asked = 0;
    running = 0;
    readonly failing: number;
    constructor(failing = -1) {
      super();
      this.failing = failing;
    }
    async get(index: number): Promise<number> {
      this.asked++;
      this.running++;
      await pause(1);
      this.running--;
      if (index === this.failing) throw new Error(`no sample ${index}`);
      return index;
    }
  }

  test.each([0, 1, 3])('%i: fetches at most so many batches ahead of the loop', async (prefetch) => {
    const dataset = new Watched();
    let used = 0;
    for await (const batch of new DataLoader(dataset, { batchSize: 2, prefetch })) {
      expect(batch.shape).toEqual([2]);
      used++;
      await pause(3);
      expect(dataset.asked).toBe(2 * Math.min(10, used + prefetch));
    }
    expect(used).toBe(10);
  });

  test('leaves nothing under way when the loop is left, and closes the sampler', async () => {
    let ended = 0;
    const sampler = {
      *[Symbol.iterator]() {
        try {
          for (let i = 0; i < 20; i++) yield i;
        } finally {
          ended++;
        }
      },
    };
    const dataset = new Watched();
    expect(await epoch(new DataLoader(dataset, { sampler, prefetch: 4 }), 2)).toEqual([[0], [1]]);
    expect([dataset.running, dataset.asked, ended]).toEqual([0, 6, 1]);
    const stream = new Stream(50);
    await epoch(new DataLoader(stream, { prefetch: 4 }), 2);
    expect(stream.ended).toBe(1);
  });

  test.each([0, 1, 5])('%i: what fails does so in its place', async (prefetch) => {
    const failures: unknown[] = [];
    const onFailure = (reason: unknown) => failures.push(reason);
    process.on('unhandledRejection', onFailure);
    const seen: number[] = [];
    const use = async (loader: DataLoader<number, Tensor>) => {
      for await (const batch of loader) {
        await pause(5);
        seen.push(await batch.item());
      }
    };
    const dataset = new Watched(3);
    await expect(use(new DataLoader(dataset, { prefetch }))).rejects.toThrow('no sample 3');
    expect(dataset.running).toBe(0);
    await expect(use(new DataLoader(new Watched(), { prefetch, sampler: [7, 20, 8] }))).rejects.toThrow(
      'index 20 is out of range',
    );
    expect(seen).toEqual([0, 1, 2, 7]);
    await pause(5);
    process.off('unhandledRejection', onFailure);
    expect(failures).toEqual([]);
  });

  test('refuses what is no count', () => {
    for (const prefetch of [-1, 1.5, NaN]) {
      expect(() => new DataLoader(new Augmented(4), { prefetch })).toThrow(
        `DataLoader: prefetch should be a whole number, but is ${prefetch}. Pass an integer >= 0.`,
      );
    }
  });
});

describe('batches', () => {
  test('begins anywhere in the order of a whole epoch, and draws what its sampler draws', async () => {
    class Still extends Dataset<number> {
      length = 23;
      asked: number[] = [];
      get(index: number): number {
        this.asked.push(index);
        return index;
      }
    }
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(),
          batchSize: fc.integer({ min: 1, max: 9 }),
          prefetch: fc.integer({ min: 0, max: 3 }),
          shuffle: fc.boolean(),
          dropLast: fc.boolean(),
          from: fc.nat({ max: 2 }),
        }),
        async ({ seed, from, ...options }) => {
          const run = async (start: number) => {
            manualSeed(seed);
            const dataset = new Still();
            const batches = await epoch(new DataLoader(dataset, options).batches({ from: start }));
            return { batches, asked: dataset.asked, state: defaultGenerator().getState() };
          };
          const whole = await run(0);
          const rest = await run(from);
          expect(rest.batches).toEqual(whole.batches.slice(from));
          expect(rest.asked).toEqual(whole.asked.slice(from * options.batchSize));
          expect(rest.state).toEqual(whole.state);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('goes through an IterableDataset up to there', async () => {
    for (const from of [0, 1, 2, 3]) {
      const batches = async (start: number) => {
        manualSeed(4);
        return epoch(new DataLoader(new Stream(7), { batchSize: 3 }).batches({ from: start }));
      };
      expect(await batches(from)).toEqual((await batches(0)).slice(from));
    }
  });

  test('refuses a beginning that is none', async () => {
    expect(() => new DataLoader(new Augmented(4)).batches({ from: -1 })).toThrow(
      'DataLoader: from should be a whole number, but is -1. Pass an integer >= 0.',
    );
    const message = 'DataLoader: from is 4, but the epoch has 3 batches. Pass at most 3.';
    for (const dataset of [new Augmented(7), new Stream(7)]) {
      await expect(epoch(new DataLoader(dataset, { batchSize: 3 }).batches({ from: 4 }))).rejects.toThrow(message);
    }
    const dropping = new DataLoader(new Stream(7), { batchSize: 3, dropLast: true });
    await expect(epoch(dropping.batches({ from: 3 }))).rejects.toThrow('from is 3, but the epoch has 2 batches.');
  });
});

test('a sample that throws leaves no failure that nobody hears of', async () => {
  class Failing extends Dataset<number> {
    readonly length = 2;
    get(index: number): Promise<number> {
      if (index === 1) throw new Error('at once');
      return new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 10));
    }
  }
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on('unhandledRejection', hear);
  await expect(epoch(new DataLoader(new Failing(), { batchSize: 2 }))).rejects.toThrow('at once');
  await new Promise((resolve) => setTimeout(resolve, 30));
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});
