import { ValueError, type Generator } from '@rushlight/core';
import { failed } from './sample-error.ts';

/**
 * Samples that come one after the other, from a file, a socket or a simulation: what cannot be asked for by number. A subclass
 * writes one of the two iterators, and `length` if it knows it. A DataLoader hands over the generator to draw from and takes
 * neither `shuffle` nor a sampler with it.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.IterableDataset
 *
 * @example
 * class Countdown extends IterableDataset<number> {
 *   *[Symbol.iterator]() { for (let n = 10; n > 0; n--) yield n; }
 * }
 * for await (const batch of new DataLoader(new Countdown(), { batchSize: 4 })) batch.shape; // [4], [4], [2]
 */
export abstract class IterableDataset<Sample> {
  /** How many samples one iteration gives. Throws a ValueError unless the subclass has it. */
  get length(): number {
    throw new ValueError(
      this.constructor.name,
      'a data set that is iterated over has no length. Write `get length()` in the class if it is known.',
    );
  }

  [Symbol.iterator]?(generator?: Generator): Iterator<Sample>;

  /** Preferred where both are there. */
  [Symbol.asyncIterator]?(generator?: Generator): AsyncIterator<Sample>;

  /** Its samples, and after them those of another: PyTorch's `self + other`. */
  concat<Other>(other: IterableDataset<Other>): ChainDataset<Sample | Other> {
    return new ChainDataset<Sample | Other>([this, other]);
  }
}

/**
 * Several data sets that are iterated over, one after the other; its length is the sum of theirs, where they have one. Iterating
 * throws a ValueError when it comes to what is no IterableDataset.
 * (Beside `IterableDataset`, whose `concat` makes it.)
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.ChainDataset
 */
export class ChainDataset<Sample> extends IterableDataset<Sample> {
  /** The data sets, in their order: any iterable, asked anew by every iteration. */
  readonly datasets: Iterable<IterableDataset<Sample>>;

  constructor(datasets: Iterable<IterableDataset<Sample>>) {
    super();
    this.datasets = datasets;
  }

  override get length(): number {
    let total = 0;
    for (const dataset of this.datasets) total += checked(dataset).length;
    return total;
  }

  override async *[Symbol.asyncIterator](generator?: Generator): AsyncGenerator<Sample, void, undefined> {
    for (const dataset of this.datasets) yield* iteration(checked(dataset), generator);
  }
}

function checked<Sample>(dataset: IterableDataset<Sample>): IterableDataset<Sample> {
  if (dataset instanceof IterableDataset) return dataset;
  throw new ValueError(
    'ChainDataset',
    'one of the data sets is no IterableDataset. Join data sets whose samples have numbers in a ConcatDataset.',
  );
}

/**
 * One iteration over the data set, which draws from `generator`. Throws a ValueError if it has no iterator, and a SampleError that counts
 * the samples if that fails.
 */
export async function* samplesOf<Sample>(
  dataset: IterableDataset<Sample>,
  generator: Generator,
): AsyncGenerator<Sample, void, undefined> {
  const samples = iteration(dataset, generator);
  let count = 0;
  try {
    for await (const sample of samples) {
      yield sample;
      count++;
    }
  } catch (error) {
    throw failed(dataset, count, error);
  }
}

function iteration<Sample>(
  dataset: IterableDataset<Sample>,
  generator: Generator | undefined,
): Iterable<Sample> | AsyncIterable<Sample> {
  const later = dataset[Symbol.asyncIterator]?.bind(dataset, generator);
  if (later) return { [Symbol.asyncIterator]: later };
  const atOnce = dataset[Symbol.iterator]?.bind(dataset, generator);
  if (atOnce) return { [Symbol.iterator]: atOnce };
  throw new ValueError(
    dataset.constructor.name,
    'it has neither [Symbol.iterator] nor [Symbol.asyncIterator]. Write one of them in the class.',
  );
}
