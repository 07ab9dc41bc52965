import { devices, Generator, manualSeed, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test, vi } from 'vitest';
import orders from '../fixtures/orders.json' with { type: 'json' };
import { DataLoader } from './data-loader.ts';
import { Dataset } from './dataset.ts';
import { ImageDataset } from './image-dataset.ts';
import { IterableDataset } from './iterable-dataset.ts';
import type { PixelImage } from './pixel-image.ts';
import { SampleError } from './sample-error.ts';
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

function stream(values: readonly number[]): IterableDataset<number> {
  return new (class extends IterableDataset<number> {
    override [Symbol.iterator](): Iterator<number> {
      return values[Symbol.iterator]();
    }
  })();
}

async function collect<Batch>(loader: AsyncIterable<Batch>): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}

/** One epoch, as lists of numbers, of at most `stop` batches. */
async function epoch(loader: AsyncIterable<Tensor>, stop = Infinity): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const batch of loader) {
    batches.push([...(await batch.data())]);
    if (batches.length === stop) break;
  }
  return batches;
}

test.each(orders.loader)(
  'n $n, batchSize $batchSize, shuffle $shuffle, dropLast $dropLast, seed $seed, stop $stop: as PyTorch',
  async (expected) => {
    const { n, batchSize, shuffle, dropLast, seed, own, stop } = expected;
    const generator = own ? new Generator().manualSeed(seed) : manualSeed(seed);
    if (own) manualSeed(999);
    const loader = new DataLoader(new Range(n), { batchSize, shuffle, dropLast, ...(own && { generator }) });
    expect(loader.length).toBe(expected.length);
    for (const batches of expected.epochs) expect(await epoch(loader, stop ?? Infinity)).toEqual(batches);
    expect(generator.random() % (2 ** 31 - 1)).toBe(expected.nextDraw);
  },
);

describe('DataLoader', () => {
  test('gives a data set of tensors in batches, with the types of its samples', async () => {
    const dataset = new TensorDataset(tensor([[1], [2], [3]]), tensor([0, 1, 0], { dtype: 'int32' }));
    const loader = new DataLoader(dataset, { batchSize: 2 });
    const seen = [];
    for await (const [x, target] of loader) {
      expectTypeOf(x).toEqualTypeOf<Tensor>();
      seen.push([await x.toArray(), await target.toArray(), target.dtype]);
    }
    expect(seen).toEqual([
      [[[1], [2]], [0, 1], 'int32'],
      [[[3]], [0], 'int32'],
    ]);
  });

  test('asks for batches where the data set makes them, unless a subclass has another get', async () => {
    const getBatch = vi.spyOn(TensorDataset.prototype, 'getBatch');
    class Doubled extends TensorDataset<[Tensor]> {
      override get(index: number): [Tensor] {
        const [x] = super.get(index);
        return [x.mul(2)];
      }
    }
    class Named extends Doubled {
      override getBatch(indices: readonly number[]): [Tensor] {
        return [tensor(indices.map((index) => index + 100))];
      }
    }
    const x = tensor([1, 2, 3]);
    const all = async (dataset: Dataset<[Tensor]>) => {
      const [[batch]] = (await collect(new DataLoader(dataset, { batchSize: 3 }))) as [[Tensor]];
      return batch.toArray();
    };
    expect(await all(new TensorDataset(x))).toEqual([1, 2, 3]);
    expect(getBatch).toHaveBeenCalledTimes(1);
    expect(await all(new Doubled(x))).toEqual([2, 4, 6]);
    expect(getBatch).toHaveBeenCalledTimes(1);
    expect(await all(new Named(x))).toEqual([100, 101, 102]);
    getBatch.mockRestore();
  });

  test('takes samples that come later, in any order, and a collateFn of either kind', async () => {
    class Slow extends Dataset<string> {
      length = 3;
      async get(index: number): Promise<string> {
        await new Promise((resolve) => setTimeout(resolve, 5 * (3 - index)));
        return `sample ${index}`;
      }
    }
    const loader = new DataLoader(new Slow(), { batchSize: 2 });
    expectTypeOf(loader).toEqualTypeOf<DataLoader<string, string[]>>();
    expect(await collect(loader)).toEqual([['sample 0', 'sample 1'], ['sample 2']]);

    const counted = new DataLoader(new Slow(), { batchSize: 2, collateFn: async (samples) => samples.length });
    expectTypeOf(counted).toEqualTypeOf<DataLoader<string, number>>();
    expect(await collect(counted)).toEqual([2, 1]);
    const joined = new DataLoader(new TensorDataset(tensor([1, 2])), {
      batchSize: 2,
      collateFn: (samples) => samples.flat(),
    });
    expect((await collect(joined))[0]).toHaveLength(2);
  });

  test('takes a sampler or a batchSampler, any iterable', async () => {
    const sampled = new DataLoader(new Range(10), { batchSize: 2, sampler: [9, 0, 9] });
    expect([sampled.length, await epoch(sampled)]).toEqual([2, [[9, 0], [9]]]);
    const batched = new DataLoader(new Range(10), { batchSampler: new Set([[1], [2, 3]]) });
    expect(await epoch(batched)).toEqual([[1], [2, 3]]);
    expect(() => batched.length).toThrow('DataLoader: its batchSampler has no length. Give it one.');
  });

  test('an empty data set has no batches; there is nothing to shuffle', async () => {
    const loader = new DataLoader(new Range(0), { batchSize: 4 });
    expect([loader.length, await epoch(loader)]).toEqual([0, []]);
    expect(() => new DataLoader(new Range(0), { shuffle: true })).toThrow(
      'RandomSampler: numSamples should be a positive integer, but is 0: the data set is empty.',
    );
  });

  test('leaving the loop ends the sampler, and the next epoch begins anew', async () => {
    let ended = 0;
    const sampler = {
      length: 4,
      *[Symbol.iterator]() {
        try {
          yield* [3, 2, 1, 0];
        } finally {
          ended++;
        }
      },
    };
    const loader = new DataLoader(new Range(4), { sampler });
    expect(await epoch(loader, 2)).toEqual([[3], [2]]);
    expect(ended).toBe(1);
    expect(await epoch(loader)).toEqual([[3], [2], [1], [0]]);
    expect(ended).toBe(2);
  });

  test('two epochs at once do not disturb each other', async () => {
    const loader = new DataLoader(new Range(3));
    const [a, b] = await Promise.all([epoch(loader), epoch(loader)]);
    expect([a, b]).toEqual([
      [[0], [1], [2]],
      [[0], [1], [2]],
    ]);
  });

  test('lets every device relieve itself before each batch', async () => {
    const [device] = devices();
    const relieve = vi.spyOn(device!, 'relieve');
    await epoch(new DataLoader(new Range(6), { batchSize: 2 }));
    expect(relieve).toHaveBeenCalledTimes(3);
    relieve.mockRestore();
  });

  describe('plain numbers', () => {
    const dtypes = async (loader: AsyncIterable<Tensor>) => (await collect(loader)).map(({ dtype }) => dtype);
    const of = (values: readonly number[], options = {}) =>
      new DataLoader(new Values(values), { batchSize: 2, ...options });
    class Values extends Dataset<number> {
      readonly values: readonly number[];
      constructor(values: readonly number[]) {
        super();
        this.values = values;
      }
      get length(): number {
        return this.values.length;
      }
      get(index: number): number {
        return this.values[index]!;
      }
    }

    test('have one dtype in all batches', async () => {
      expect(await dtypes(of([3, 1, 2]))).toEqual(['int32', 'int32']);
      expect(await dtypes(of([1, 2.5, 3, 4]))).toEqual(['float32', 'float32']);
      const later = of([1, 2.5, 3, 4]);
      await dtypes(later);
      expect(await dtypes(later.batches({ from: 1 }))).toEqual(['float32']);
      for (const dataset of [new Subset(new Values([0.5, 1]), [0, 1]), stream([0.5, 1])]) {
        expect(await dtypes(new DataLoader(dataset))).toEqual(['float32', 'float32']);
      }
    });

    test('refuse to change in the middle, and say what to do', async () => {
      const message =
        "defaultCollate: sample 1 is 2.5, but the numbers of this field were whole in the first batch, so that they are int32. Pass numbers: 'float32' to the DataLoader, or give that field as a tensor.";
      for (const prefetch of [0, 3]) await expect(dtypes(of([3, 1, 2, 2.5], { prefetch }))).rejects.toThrow(message);
      expect(await dtypes(of([3, 1, 2, 2.5], { numbers: 'float32' }))).toEqual(['float32', 'float32']);
      await expect(dtypes(of([2.5], { numbers: 'int32' }))).rejects.toThrow("sample 0 is 2.5, but numbers is 'int32'.");
    });

    test('keep their dtypes where a run goes on with another batch first', async () => {
      const values = [1, 2.5, 3, 4];
      const first = of(values);
      expect(first.stateDict()).toEqual({ numbers: {} });
      await dtypes(first);
      const second = of(values);
      second.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())));
      expect(await dtypes(second.batches({ from: 1 }))).toEqual(['float32']);
      // A run that had none yet asks its first batch.
      second.loadStateDict(of(values).stateDict());
      expect(await dtypes(second.batches({ from: 1 }))).toEqual(['int32']);
      for (const state of [undefined, {}, { numbers: { '[0]': 'int64' } }]) {
        expect(() => second.loadStateDict(state as never)).toThrow(
          'DataLoader: the state has no dtypes of numbers. Pass what stateDict() gave.',
        );
      }
      expect(second.stateDict()).toEqual({ numbers: { '': 'int32' } });
    });

    test('of an image and of its label are two fields', async () => {
      const data = { images: Uint8Array.of(3, 7), labels: Uint8Array.of(1, 2), rows: 1, cols: 1 };
      const options = { transform: ({ data: [x = 0] }: PixelImage) => x / 255, targetTransform: (y: number) => y };
      const loader = new DataLoader(new ImageDataset(data, options), { batchSize: 2 });
      const [[x, y] = []] = await collect(loader);
      expect([x?.dtype, y?.dtype]).toEqual(['float32', 'int32']);
      expect(loader.stateDict()).toEqual({ numbers: { '[0]': 'float32', '[1]': 'int32' } });
    });

    test('that int32 does not hold are refused, and the message says so', async () => {
      await expect(dtypes(of([1, 2, 3, 2 ** 31]))).rejects.toThrow(
        'sample 1 is 2147483648, but the numbers of this field were whole in the first batch, so that they are int32. Pass',
      );
    });

    test('the first batch decides, whichever comes first', async () => {
      class Slow extends Dataset<number> {
        length = 4;
        async get(index: number): Promise<number> {
          await new Promise((resolve) => setTimeout(resolve, index < 2 ? 20 : 0));
          return [1, 2.5, 3, 4][index]!;
        }
      }
      expect(await dtypes(new DataLoader(new Slow(), { batchSize: 2, prefetch: 2 }))).toEqual(['float32', 'float32']);
    });

    test('numbers goes without a collateFn', () => {
      expect(() => of([1], { numbers: 'int32', collateFn: () => 1 })).toThrow(
        'DataLoader: numbers is mutually exclusive with collateFn, and both are given. Leave one out.',
      );
      expect(() => of([1], { numbers: 'float64' })).toThrow(
        "DataLoader: numbers is 'float64'. Pass 'int32' or 'float32'.",
      );
    });
  });

  describe('a sample that cannot be had rejects the loop, naming it', () => {
    const cause = new TypeError('no sample 7');
    class Broken extends Dataset<number> {
      length = 9;
      get(index: number): number {
        if (index === 7) throw cause;
        return index;
      }
    }
    const failure = async (loader: AsyncIterable<unknown>): Promise<SampleError> => {
      const error: unknown = await collect(loader).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(SampleError);
      return error as SampleError;
    };

    test('wherever it is', async () => {
      const sets = [new Broken(), new Subset(new Broken(), [8, 7]), new Subset(new Subset(new Broken(), [1, 7]), [1])];
      for (const dataset of sets) {
        for (const options of [{ batchSize: 3 }, { batchSize: 2, prefetch: 2 }, { shuffle: true }]) {
          const error = await failure(new DataLoader<number>(dataset, options));
          expect(error.message).toBe('DataLoader: sample 7 of Broken failed: no sample 7');
          expect(error.indices).toEqual([7]);
          expect(error.cause).toBe(cause);
        }
      }
    });

    test('also if it draws, comes late, or throws what is no Error', async () => {
      class Late extends Dataset<number> {
        length = 3;
        async get(index: number, generator: Generator): Promise<number> {
          if (index === 1) return Promise.reject(generator && 'away');
          return index;
        }
      }
      const error = await failure(new DataLoader(new Late(), { batchSize: 3 }));
      expect([error.message, error.cause]).toEqual(['DataLoader: sample 1 of Late failed: away', 'away']);
    });

    test('one of a stream, by its number', async () => {
      const dataset = stream([3, 1, 2]);
      dataset[Symbol.iterator] = function* (): Iterator<number> {
        yield* [5, 6, 7];
        throw cause;
      };
      for (const prefetch of [0, 2]) {
        const error = await failure(new DataLoader(dataset, { batchSize: 2, prefetch }));
        expect([error.indices, error.cause]).toEqual([[3], cause]);
      }
    });

    test('the transform of an image', async () => {
      const data = { images: new Uint8Array(4), labels: new Uint8Array(4), rows: 1, cols: 1 };
      const odd = (label: number): number => {
        if (label === 2) throw cause;
        return label;
      };
      data.labels[3] = 2;
      const error = await failure(new DataLoader(new ImageDataset(data, { targetTransform: odd }), { batchSize: 4 }));
      expect(error.message).toBe('DataLoader: sample 3 of ImageDataset failed: no sample 7');
    });

    test('a batch that the data set makes: its samples', async () => {
      class Batches extends Broken {
        override getBatch(): Tensor {
          throw cause;
        }
      }
      const error = await failure(new DataLoader(new Batches(), { batchSize: 9 }));
      expect(error.message).toBe(
        'DataLoader: one of the samples 0, 1, 2, 3, 4, 5, 6, 7, … of Batches failed: no sample 7',
      );
      expect(error.indices).toHaveLength(9);
    });
  });

  test('refuses an index out of range', async () => {
    for (const index of [4, -1, 1.5]) {
      await expect(epoch(new DataLoader(new Range(4), { sampler: [0, index] }))).rejects.toThrow(
        `DataLoader: index ${index} is out of range: the data set has 0 to 3. Check the sampler.`,
      );
    }
  });

  test('names the shapes of samples that do not stack', async () => {
    class Ragged extends Dataset<[Tensor, number]> {
      length = 3;
      get(index: number): [Tensor, number] {
        return [tensor(new Float32Array(index < 2 ? 5 : 6)), index];
      }
    }
    await expect(collect(new DataLoader(new Ragged(), { batchSize: 3 }))).rejects.toThrow(
      'defaultCollate: sample 2[0] has shape [6], but sample 0[0] has [5]. Make them alike or pass a collateFn.',
    );
  });

  test('refuses what is no data set', () => {
    for (const [given, kind] of [
      [[1, 2], 'an array'],
      [tensor([1]), 'a tensor'],
      [new Set(), 'a Set'],
    ] as const) {
      expect(() => new DataLoader(given as never)).toThrow(
        `DataLoader: the data set, ${kind}, has no get(index). Extend Dataset or IterableDataset, or make a TensorDataset.`,
      );
    }
  });

  test('with dropLast there may be no batch at all', async () => {
    const loader = new DataLoader(new Range(3), { batchSize: 4, dropLast: true });
    expect([loader.length, await epoch(loader)]).toEqual([0, []]);
    expect(await collect(new DataLoader(stream([1, 2]), { batchSize: 4, dropLast: true, prefetch: 2 }))).toEqual([]);
  });

  test('refuses batch sizes that are none', () => {
    for (const batchSize of [0, -1, 2.5, NaN]) {
      expect(() => new DataLoader(new Range(4), { batchSize })).toThrow(
        `DataLoader: batchSize should be a positive integer, but is ${batchSize}. Pass an integer >= 1.`,
      );
    }
  });

  test('refuses options that exclude each other', () => {
    const make = (options: ConstructorParameters<typeof DataLoader<number>>[1]) => () =>
      new DataLoader(new Range(4), options);
    expect(make({ sampler: [0], shuffle: true })).toThrow(
      'DataLoader: sampler is mutually exclusive with shuffle, and both are given. Leave one out.',
    );
    const others = 'DataLoader: batchSampler is mutually exclusive with batchSize, shuffle, sampler and dropLast';
    const batchSampler = [[0]];
    for (const option of [{ batchSize: 2 }, { shuffle: true }, { sampler: [0] }, { dropLast: true }]) {
      expect(make({ batchSampler, ...option })).toThrow(others);
    }
  });
});
