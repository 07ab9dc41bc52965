import { defaultGenerator, devices, drawSeed, ValueError, type Generator } from '@rushlight/core';
import { checkCount, checkIndex } from './check-options.ts';
import type { Dataset } from './dataset.ts';
import { defaultCollate, type Collated } from './default-collate.ts';
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
  /** Where `shuffle` draws from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

/**
 * The batches of a data set, one epoch per iteration. Throws a ValueError for options that exclude each other, a batch size
 * that is no positive integer, or an empty data set to shuffle.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.DataLoader
 *
 * @example
 * const loader = new DataLoader(new Digits(), { batchSize: 64, shuffle: true });
 * for await (const [x, target] of loader) criterion(model(x), target).backward();
 */
export class DataLoader<Sample, Batch = Collated<Sample>> implements AsyncIterable<Batch> {
  readonly dataset: Dataset<Sample>;
  readonly batchSampler: Order<readonly number[]>;
  readonly generator: Generator | undefined;
  readonly #collateFn: DataLoaderOptions<Sample, Batch>['collateFn'];

  constructor(dataset: Dataset<Sample>, options: DataLoaderOptions<Sample, Batch> = {}) {
    const { batchSize = 1, shuffle = false, sampler, batchSampler, dropLast = false, collateFn, generator } = options;
    if (sampler && shuffle) throw exclusive('sampler', 'shuffle');
    if (batchSampler && (batchSize !== 1 || shuffle || sampler || dropLast)) {
      throw exclusive('batchSampler', 'batchSize, shuffle, sampler and dropLast');
    }
    checkCount('DataLoader', 'batchSize', batchSize);
    this.dataset = dataset;
    this.generator = generator;
    this.#collateFn = collateFn;
    const order =
      sampler ?? (shuffle ? new RandomSampler(dataset, generator && { generator }) : new SequentialSampler(dataset));
    this.batchSampler = batchSampler ?? new BatchSampler(order, batchSize, dropLast);
  }

  /** How many batches an epoch has. Throws a ValueError if the sampler has no length. */
  get length(): number {
    const { length } = this.batchSampler;
    if (length === undefined) throw new ValueError('DataLoader', 'its batchSampler has no length. Give it one.');
    return length;
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    // The base seed of PyTorch's workers, drawn even without workers: what is drawn afterwards shall be the same.
    drawSeed(this.generator ?? defaultGenerator());
    return this.#batches();
  }

  async *#batches(): AsyncGenerator<Batch, void, undefined> {
    for (const indices of this.batchSampler) {
      for (const index of indices) checkIndex('DataLoader', index, this.dataset.length);
      for (const device of devices()) await device.relieve();
      yield await this.#collate(indices);
    }
  }

  async #collate(indices: readonly number[]): Promise<Batch> {
    // Without a collateFn, Batch is Collated<Sample>.
    if (!this.#collateFn && batchesItself(this.dataset)) return (await this.dataset.getBatch(indices)) as Batch;
    const samples = await Promise.all(indices.map((index) => this.dataset.get(index)));
    return this.#collateFn ? this.#collateFn(samples) : (defaultCollate(samples) as Batch);
  }
}

/** A subclass that overrides `get` alone wants it to be called, whatever `getBatch` it inherits. */
function batchesItself<Sample>(dataset: Dataset<Sample>): dataset is Required<Dataset<Sample>> {
  let level: object | null = dataset;
  while (level && !Object.hasOwn(level, 'getBatch')) {
    level = Object.hasOwn(level, 'get') ? null : Object.getPrototypeOf(level);
  }
  return level !== null;
}

function exclusive(one: string, others: string): ValueError {
  return new ValueError(
    'DataLoader',
    `${one} is mutually exclusive with ${others}, and both are given. Leave one out.`,
  );
}
