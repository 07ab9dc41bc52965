import { defaultGenerator, devices, drawSeed, Generator, ValueError } from '@rushlight/core';
import { ahead } from './ahead.ts';
import { checkCount, checkIndex, checkWhole } from './check-options.ts';
import type { Dataset } from './dataset.ts';
import {
  checkNumbers,
  defaultCollate,
  isNumberDType,
  kindOf,
  steadyCollate,
  type Collate,
  type Collated,
  type NumberDType,
} from './default-collate.ts';
import { fetchBatch, fetchSamples } from './fetch-batch.ts';
import { IterableDataset, samplesOf } from './iterable-dataset.ts';
import { BatchSampler } from './samplers/batch-sampler.ts';
import { generatorsOf } from './samplers/generators-of.ts';
import { RandomSampler } from './samplers/random-sampler.ts';
import type { Order } from './samplers/sampler.ts';
import { SequentialSampler } from './samplers/sequential-sampler.ts';

/** Options of a DataLoader. */
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
  /**
   * What plain numbers of samples become. Default: int32 for the fields that hold whole numbers alone in the first batch, as labels do,
   * float32 for the others. A later number that is not whole, in a field that is int32, is an error. Excludes `collateFn`.
   */
  readonly numbers?: NumberDType;
  /** Where `shuffle` draws from. Default: the generator that `manualSeed` seeds, from which samples draw in any case. */
  readonly generator?: Generator;
  /**
   * How many batches are fetched while the one before them is used. Default 0: samples then draw from the default generator, as
   * PyTorch's do without workers. With 1 or more every batch has a generator of its own, seeded by its number, so that it is the same
   * whatever the count, and wherever an iteration begins; and a sampler that has a length draws all of its order before the first batch.
   */
  readonly prefetch?: number;
}

/** What a DataLoader has found out that a run which goes on must know: plain JSON. */
export interface DataLoaderState {
  /** What plain numbers became in the first batch, by field: `{ '[1]': 'int32' }`. */
  readonly numbers: Readonly<Record<string, NumberDType>>;
}

/** Where an epoch begins: see `DataLoader.batches`. */
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
 * sampler or batchSampler. Throws a TypeError for what is no data set, a ValueError for options that exclude each other, a batch size that is no positive integer,
 * a prefetch that is no whole number, or an empty data set to shuffle.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.DataLoader
 *
 * @example
 * const loader = new DataLoader(new Digits(), { batchSize: 64, shuffle: true });
 * for await (const [x, target] of loader) criterion(model(x), target).backward();
 */
export class DataLoader<Sample, Batch = Collated<Sample>> implements AsyncIterable<Batch> {
  /** Where the samples come from. */
  readonly dataset: Dataset<Sample> | IterableDataset<Sample>;
  /** Samples in a batch; 1 where a batchSampler says otherwise. */
  readonly batchSize: number;
  /** Whether a last batch that is smaller is left out. */
  readonly dropLast: boolean;
  /** The samples of each batch; none where the data set has an order of its own. */
  readonly batchSampler: Order<readonly number[]> | undefined;
  /** Where `shuffle` draws from; undefined for the default generator. */
  readonly generator: Generator | undefined;
  /** How many batches are fetched while the one before them is used. */
  readonly prefetch: number;
  readonly #collateFn: DataLoaderOptions<Sample, Batch>['collateFn'];
  readonly #collate: Collate;
  /** By field, as told by the first batch. */
  readonly #numbers = new Map<string, NumberDType>();

  constructor(dataset: Dataset<Sample> | IterableDataset<Sample>, options: DataLoaderOptions<Sample, Batch> = {}) {
    const { batchSize = 1, shuffle = false, sampler, batchSampler, dropLast = false, collateFn, generator } = options;
    const { prefetch = 0, numbers } = options;
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
    if (numbers) checkNumbers('DataLoader', numbers);
    if (collateFn && numbers) throw exclusive('numbers', 'collateFn');
    if (!isIterable && typeof dataset.get !== 'function') {
      const cure = 'Extend Dataset or IterableDataset, or make a TensorDataset';
      throw new TypeError(`DataLoader: the data set, ${kindOf(dataset)}, has no get(index). ${cure}.`);
    }
    checkCount('DataLoader', 'batchSize', batchSize);
    checkWhole('DataLoader', 'prefetch', prefetch);
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    this.generator = generator;
    this.prefetch = prefetch;
    this.#collateFn = collateFn;
    this.#collate = numbers
      ? (samples, place) => defaultCollate(samples, { ...place, numbers })
      : steadyCollate(this.#numbers);
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

  /**
   * The generators beside the default one that an epoch draws from: the loader's own, those in the field `generator` of its sampler or
   * batchSampler, and of the `sampler` within. With the default one, all whose states a run needs that is to be resumed.
   */
  get generators(): readonly Generator[] {
    const found = new Set(this.generator && [this.generator]);
    if (this.batchSampler) for (const generator of generatorsOf(this.batchSampler)) found.add(generator);
    found.delete(defaultGenerator());
    return [...found];
  }

  /** What its first batch told. The order of samples is not part of it: that is in the states of the generators. */
  stateDict(): DataLoaderState {
    return { numbers: Object.fromEntries(this.#numbers) };
  }

  /** Takes back what `stateDict` gave: the batch that comes first is not asked again. Throws a ValueError for what is no such state. */
  loadStateDict(state: DataLoaderState): void {
    const { numbers } = (state ?? {}) as Partial<DataLoaderState>;
    if (typeof numbers !== 'object' || numbers === null || !Object.values(numbers).every(isNumberDType)) {
      throw new ValueError('DataLoader', 'the state has no dtypes of numbers. Pass what stateDict() gave.');
    }
    this.#numbers.clear();
    for (const [place, dtype] of Object.entries(numbers)) this.#numbers.set(place, dtype);
  }

  /** One epoch: `batches()`. */
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
    const ready: IteratorResult<readonly number[]>[] = [];
    // How far the sampler is ahead of the batches. Where it has an end, all is drawn at first: neither the count nor the place of a
    // resumed run shall change when it draws.
    const lead = this.prefetch && Math.max(this.prefetch, lengthOf(sampler) + 1);
    const begin = () => {
      for (let passing = 0; passing < from; passing++) if (order.next().done) throw tooFar(from, passing);
      // At `from` the sampler was as far ahead as this when the epoch was interrupted.
      while (ready.length < lead && !ready.at(-1)?.done) ready.push(order.next());
      if (from > 0) passed?.();
    };
    let taken = 0;
    let number: number | undefined;
    let first: Promise<unknown> | undefined;
    // Up to its first await this runs at once: batches get their numbers in the order of the calls.
    const next = async (): Promise<IteratorResult<Batch>> => {
      if (number === undefined) {
        number = from;
        begin();
      }
      // Not by shift, which moves all that follow.
      const chosen = ready[taken++] ?? order.next();
      if (chosen.done) return { done: true, value: undefined };
      for (const index of chosen.value) checkIndex('DataLoader', index, dataset.length);
      const generator = this.#source(seed, number++);
      const fetch = async () => {
        // The first batch decides what its numbers become.
        await first?.catch(() => undefined);
        await relieve();
        return this.#fetch(dataset, chosen.value, generator);
      };
      const batch = fetch();
      first ??= batch;
      return { done: false, value: await batch };
    };
    const close = async (): Promise<IteratorResult<Batch>> => {
      order.return?.();
      return { done: true, value: undefined };
    };
    return { next, return: close };
  }

  async #fetch(dataset: Dataset<Sample>, indices: readonly number[], generator: Generator): Promise<Batch> {
    // Without a collateFn, Batch is Collated<Sample>.
    if (!this.#collateFn) return (await fetchBatch(dataset, indices, generator, this.#collate)) as Batch;
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
      if (number >= from) yield await this.#together(samples);
      else if (number + 1 === from) passed?.();
      number++;
      samples = [];
    }
    if (samples.length > 0 && !this.dropLast) {
      if (number >= from) yield await this.#together(samples);
      else if (number + 1 === from) passed?.();
      number++;
    }
    if (number < from) throw tooFar(from, number);
  }

  async #together(samples: Sample[]): Promise<Batch> {
    await relieve();
    return this.#collateFn ? this.#collateFn(samples) : (this.#collate(samples) as Batch);
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

/** Of a sampler that has a length, else 0. */
function lengthOf(sampler: Order<unknown>): number {
  try {
    return Number.isFinite(sampler.length) ? (sampler.length ?? 0) : 0;
  } catch (error) {
    if (error instanceof ValueError) return 0; // a BatchSampler of one that has none
    throw error;
  }
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
