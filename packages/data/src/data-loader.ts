import { defaultGenerator, devices, drawSeed, Generator, ValueError } from '@rushlight/core';
import { ahead } from './ahead.ts';
import { checkCount, checkIndex, checkWhole } from './check-options.ts';
import type { Dataset } from './dataset.ts';
import { defaultCollate, type Collated } from './default-collate.ts';
import { fetchBatch, fetchSamples } from './fetch-batch.ts';
import { IterableDataset, samplesOf } from './iterable-dataset.ts';
import { BatchSampler } from './samplers/batch-sampler.ts';
import { RandomSampler } from './samplers/random-sampler.ts';
import type { Order } from './samplers/sampler.ts';
import { SequentialSampler } from './samplers/sequential-sampler.ts';

export interface DataLoaderOptions<Sample, Batch> {
  /** Samples in a batch. Default 1. */
  readonly batchSize?: number;
  /** Another random order every epoch, PyTorch's for the same seed. Default false. */
  readonly shuffle?: boolean;
  /** The order of the samples; excludes `shuffle`. */
  readonly sampler?: Order;
  /** The samples of each batch; excludes `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  readonly batchSampler?: Order<readonly number[]>;
  /** Leave out the last batch if it is smaller than the others. Default false. */
  readonly dropLast?: boolean;
  /** Makes a batch of samples. Default `defaultCollate`. */
  readonly collateFn?: (samples: Sample[]) => Batch | Promise<Batch>;
  /** Where `shuffle` draws from. Default: the generator that `manualSeed` seeds, from which samples draw in any case. */
  readonly generator?: Generator;
  /**
   * How many batches are fetched while the one before them is used. Default 0: samples then draw from the default generator, as
   * PyTorch's do without workers. With 1 or more every batch has a generator of its own, seeded by its number, so that it is the same
   * whatever the count, and wherever an iteration begins.
   */
  readonly prefetch?: number;
}

export interface BatchesOptions {
  /** The number of the batch to begin with; none before it is fetched. Default 0. */
  readonly from?: number;
  /**
   * Called when the batches before `from` are passed over, before anything else is drawn: the place to set generators to their states of
   * when the epoch was interrupted. Not called where `from` is 0.
   */
  readonly passed?: () => void;
}

/**
 * The batches of a data set, one epoch per iteration. An IterableDataset gives them in its own order; it takes no shuffle,
 * sampler or batchSampler. Throws a ValueError for options that exclude each other, a batch size that is no positive integer,
 * a prefetch that is no whole number, or an empty data set to shuffle.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.DataLoader
 *
 * @example
 * const loader = new DataLoader(new Digits(), { batchSize: 64, shuffle: true });
 * for await (const [x, target] of loader) criterion(model(x), target).backward();
 */
export class DataLoader<Sample, Batch = Collated<Sample>> implements AsyncIterable<Batch> {
  readonly dataset: Dataset<Sample> | IterableDataset<Sample>;
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** The samples of each batch; none where the data set has an order of its own. */
  readonly batchSampler: Order<readonly number[]> | undefined;
  readonly generator: Generator | undefined;
  readonly prefetch: number;
  readonly #collateFn: DataLoaderOptions<Sample, Batch>['collateFn'];

  constructor(dataset: Dataset<Sample> | IterableDataset<Sample>, options: DataLoaderOptions<Sample, Batch> = {}) {
    const { batchSize = 1, shuffle = false, sampler, batchSampler, dropLast = false, collateFn, generator } = options;
    const { prefetch = 0 } = options;
    const isIterable = dataset instanceof IterableDataset;
    if (isIterable && (shuffle || sampler || batchSampler)) {
      const given = shuffle ? 'shuffle' : sampler ? 'sampler' : 'batchSampler';
      throw new ValueError(
        'DataLoader',
        `an IterableDataset has an order of its own, but ${given} is given. Leave it out, or order the samples in the data set.`,
      );
    }
    if (sampler && shuffle) throw exclusive('sampler', 'shuffle');
    if (batchSampler && (batchSize !== 1 || shuffle || sampler || dropLast)) {
      throw exclusive('batchSampler', 'batchSize, shuffle, sampler and dropLast');
    }
    checkCount('DataLoader', 'batchSize', batchSize);
    checkWhole('DataLoader', 'prefetch', prefetch);
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    this.generator = generator;
    this.prefetch = prefetch;
    this.#collateFn = collateFn;
    if (isIterable) return;
    const order =
      sampler ?? (shuffle ? new RandomSampler(dataset, generator && { generator }) : new SequentialSampler(dataset));
    this.batchSampler = batchSampler ?? new BatchSampler(order, batchSize, dropLast);
  }

  /** How many batches an epoch has. Throws a ValueError if the sampler, or the IterableDataset, has no length. */
  get length(): number {
    if (this.batchSampler) {
      const { length } = this.batchSampler;
      if (length === undefined) throw new ValueError('DataLoader', 'its batchSampler has no length. Give it one.');
      return length;
    }
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    return this.batches();
  }

  /**
   * One epoch, or what is left of it from batch `from` on: the sampler draws what it draws in a whole epoch, so that the
   * order is the same; an IterableDataset is gone through up to there. To go on with an epoch that was interrupted, set the
   * generators to their states at its beginning first, and in `passed` to those of then.
   * Throws a ValueError if `from` is no whole number; the iteration does if the epoch has fewer batches.
   */
  batches({ from = 0, passed }: BatchesOptions = {}): AsyncGenerator<Batch, void, undefined> {
    checkWhole('DataLoader', 'from', from);
    // The base seed of PyTorch's workers, drawn even without workers: what is drawn afterwards shall be the same.
    const seed = drawSeed(this.generator ?? defaultGenerator());
    const { dataset, batchSampler } = this;
    if (dataset instanceof IterableDataset) return ahead(this.#stream(dataset, seed, from, passed), this.prefetch);
    return ahead(this.#fetches(dataset, batchSampler ?? [], seed, from, passed), this.prefetch);
  }

  /** Batches that are asked for by number: several may be under way at once. */
  #fetches(
    dataset: Dataset<Sample>,
    sampler: Order<readonly number[]>,
    seed: bigint,
    from: number,
    passed: (() => void) | undefined,
  ): AsyncIterator<Batch> {
    const order = sampler[Symbol.iterator]();
    let number = 0;
    // Up to its first await this runs at once: batches get their numbers in the order of the calls.
    const next = async (): Promise<IteratorResult<Batch>> => {
      while (number < from) {
        if (order.next().done) throw tooFar(from, number);
        if (++number === from) passed?.();
      }
      const chosen = order.next();
      if (chosen.done) return { done: true, value: undefined };
      for (const index of chosen.value) checkIndex('DataLoader', index, dataset.length);
      const generator = this.#source(seed, number++);
      await relieve();
      return { done: false, value: await this.#fetch(dataset, chosen.value, generator) };
    };
    const close = async (): Promise<IteratorResult<Batch>> => {
      order.return?.();
      return { done: true, value: undefined };
    };
    return { next, return: close };
  }

  async #fetch(dataset: Dataset<Sample>, indices: readonly number[], generator: Generator): Promise<Batch> {
    // Without a collateFn, Batch is Collated<Sample>.
    if (!this.#collateFn) return (await fetchBatch(dataset, indices, generator)) as Batch;
    return this.#collateFn(await fetchSamples(dataset, indices, generator));
  }

  async *#stream(
    dataset: IterableDataset<Sample>,
    seed: bigint,
    from: number,
    passed: (() => void) | undefined,
  ): AsyncGenerator<Batch, void, undefined> {
    let samples: Sample[] = [];
    let number = 0;
    for await (const sample of samplesOf(dataset, this.#source(seed, 0))) {
      samples.push(sample);
      if (samples.length < this.batchSize) continue;
      if (number >= from) yield await this.#collate(samples);
      else if (number + 1 === from) passed?.();
      number++;
      samples = [];
    }
    if (samples.length > 0 && !this.dropLast) {
      if (number >= from) yield await this.#collate(samples);
      else if (number + 1 === from) passed?.();
      number++;
    }
    if (number < from) throw tooFar(from, number);
  }

  async #collate(samples: Sample[]): Promise<Batch> {
    await relieve();
    return this.#collateFn ? this.#collateFn(samples) : (defaultCollate(samples) as Batch);
  }

  /** What the samples of a batch draw from. */
  #source(seed: bigint, number: number): Generator {
    if (this.prefetch === 0) return defaultGenerator();
    return new Generator().manualSeed(seed + BigInt(number));
  }
}

async function relieve(): Promise<void> {
  for (const device of devices()) await device.relieve();
}

function exclusive(one: string, others: string): ValueError {
  return new ValueError(
    'DataLoader',
    `${one} is mutually exclusive with ${others}, and both are given. Leave one out.`,
  );
}

function tooFar(from: number, count: number): ValueError {
  return new ValueError('DataLoader', `from is ${from}, but the epoch has ${count} batches. Pass at most ${count}.`);
}
