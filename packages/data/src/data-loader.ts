import { defaultGenerator, devices, drawSeed, Generator, ValueError } from '@rushlight/core';
import { ahead } from './ahead.ts';
import { batchOrder, tooFar } from './batch-order.ts';
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
import { unpack } from './workers/carry.ts';
import { workerBatches } from './workers/worker-batches.ts';
import { workerSettings, type WorkerOptions, type WorkerSettings } from './workers/worker-options.ts';
import { leaveWith, WorkerPool, type PoolPlace } from './workers/worker-pool.ts';

/** Options of a DataLoader. */
export interface DataLoaderOptions<Sample, Batch> extends WorkerOptions {
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
  /** Makes a batch of samples. Default `defaultCollate`. Workers are given theirs by `serveDataset`. */
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
   * Excludes `numWorkers`, which comes with `prefetchFactor`.
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
 * a prefetch that is no whole number, an empty data set to shuffle, or workers that nothing starts. With `numWorkers`, batches are made
 * in threads by `serveDataset`, in the same order and for the same seed the same as with `prefetch: 1`; an iteration rejects with a
 * WorkerError if one of them ends or does not answer in time.
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
  /** How many batches are fetched while the one before them is used: by workers, as many as all of them fetch ahead. */
  readonly prefetch: number;
  /** How many workers fetch batches; 0 if that is done where the loader is. */
  readonly numWorkers: number;
  /** How many batches each worker fetches ahead; undefined without workers. */
  readonly prefetchFactor: number | undefined;
  /** Whether the workers are kept between epochs. */
  readonly persistentWorkers: boolean;
  /** How long a batch may take to come from a worker, in seconds; 0 for as long as it takes. */
  readonly timeout: number;
  /** Whether it was asked for, which changes nothing. */
  readonly pinMemory: boolean;
  readonly #workers: WorkerSettings | undefined;
  /** Workers that wait for another epoch. */
  readonly #idle: PoolPlace = { pool: undefined };
  readonly #given: NumberDType | undefined;
  readonly #collateFn: DataLoaderOptions<Sample, Batch>['collateFn'];
  readonly #collate: Collate;
  /** By field, as told by the first batch. */
  readonly #numbers = new Map<string, NumberDType>();

  constructor(dataset: Dataset<Sample> | IterableDataset<Sample>, options: DataLoaderOptions<Sample, Batch> = {}) {
    const { batchSize = 1, shuffle = false, sampler, batchSampler, dropLast = false, collateFn, generator } = options;
    const { prefetch = 0, numbers, pinMemory = false } = options;
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
    const workers = workerSettings(options);
    if (workers && prefetch !== 0) throw exclusive('prefetch', 'numWorkers');
    if (workers && collateFn) {
      throw new ValueError(
        'DataLoader',
        'collateFn is given with numWorkers, and a function cannot be sent to workers. Pass it to serveDataset in their module.',
      );
    }
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
    this.prefetch = workers ? workers.numWorkers * workers.prefetchFactor : prefetch;
    this.numWorkers = workers?.numWorkers ?? 0;
    this.prefetchFactor = workers?.prefetchFactor;
    this.persistentWorkers = workers?.persistentWorkers ?? false;
    this.timeout = workers?.timeout ?? 0;
    this.pinMemory = pinMemory;
    this.#workers = workers;
    if (workers?.persistentWorkers) leaveWith(this, this.#idle);
    this.#given = numbers;
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
    if (this.#workers) {
      const place: PoolPlace = { pool: undefined };
      const batches = this.#fromWorkers(this.#workers, place, seed, from, passed);
      leaveWith(batches, place);
      return batches;
    }
    if (dataset instanceof IterableDataset) return ahead(this.#stream(dataset, seed, from, passed), this.prefetch);
    return ahead(this.#fetches(dataset, batchSampler ?? [], seed, from, passed), this.prefetch);
  }

  /** Ends the workers that `persistentWorkers` keeps, if there are any; another epoch starts new ones. */
  stopWorkers(): void {
    this.#idle.pool?.leave();
    this.#idle.pool = undefined;
  }

  async *#fromWorkers(
    settings: WorkerSettings,
    place: PoolPlace,
    baseSeed: bigint,
    from: number,
    passed: (() => void) | undefined,
  ): AsyncGenerator<Batch, void, undefined> {
    const { batchSampler, batchSize, dataset, dropLast, prefetch } = this;
    const order = batchSampler && batchOrder(batchSampler, { prefetch, from, passed });
    const next = (): IteratorResult<readonly number[]> => {
      const chosen = order?.next() ?? { done: true, value: undefined };
      if (!chosen.done) for (const index of chosen.value) checkIndex('DataLoader', index, dataset.length);
      return chosen;
    };
    const pass = (count: number): void => {
      if (count < from) throw tooFar(from, count);
      passed?.();
    };
    if (this.#idle.pool?.isAlive === false) this.stopWorkers();
    const pool = this.#idle.pool ?? new WorkerPool(settings);
    this.#idle.pool = undefined;
    place.pool = pool;
    let isWhole = false;
    try {
      const batches = workerBatches(pool, {
        dataset,
        baseSeed,
        batchSize,
        dropLast,
        numbers: this.#given,
        found: this.#numbers,
        prefetchFactor: settings.prefetchFactor,
        from,
        ...(order ? { next } : { pass }),
      });
      for await (const batch of batches) {
        await relieve();
        // Made by defaultCollate, or by what the user says makes batches of this type.
        const made = unpack(batch) as Batch;
        isWhole = true;
        yield made;
        isWhole = false;
      }
      isWhole = true;
    } finally {
      order?.close();
      place.pool = undefined;
      if (settings.persistentWorkers && isWhole && pool.isAlive && !this.#idle.pool) {
        pool.rest();
        this.#idle.pool = pool;
      } else pool.leave();
    }
  }

  /** Batches that are asked for by number: several may be under way at once. */
  #fetches(
    dataset: Dataset<Sample>,
    sampler: Order<readonly number[]>,
    seed: bigint,
    from: number,
    passed: (() => void) | undefined,
  ): AsyncIterator<Batch> {
    const order = batchOrder(sampler, { prefetch: this.prefetch, from, passed });
    let number = from;
    let first: Promise<unknown> | undefined;
    // Up to its first await this runs at once: batches get their numbers in the order of the calls.
    const next = async (): Promise<IteratorResult<Batch>> => {
      const chosen = order.next();
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
      order.close();
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

function exclusive(one: string, others: string): ValueError {
  return new ValueError(
    'DataLoader',
    `${one} is mutually exclusive with ${others}, and both are given. Leave one out.`,
  );
}
