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
  generator: Generator,
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
