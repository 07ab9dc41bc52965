import { devices, Generator, manualSeed, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test, vi } from 'vitest';
import orders from '../fixtures/orders.json' with { type: 'json' };
import { DataLoader } from './data-loader.ts';
import { Dataset } from './dataset.ts';
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

  test('a sample that cannot be had rejects the loop', async () => {
    class Broken extends Dataset<number> {
      length = 3;
      get(index: number): number {
        if (index === 1) throw new Error('no sample 1');
        return index;
      }
    }
    await expect(epoch(new DataLoader(new Broken(), { batchSize: 2 }))).rejects.toThrow('no sample 1');
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
