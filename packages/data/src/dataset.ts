import { show, ValueError, type Generator } from '@rushlight/core';
import { defaultCollate, type Collate, type Collated } from './default-collate.ts';
import { fetchBatch, fetchEach, type SamplePlace } from './fetch-batch.ts';
import { IterableDataset } from './iterable-dataset.ts';

/**
 * A set of samples that are asked for by their number, as `__len__` and `__getitem__` of PyTorch's.
 *
 * What varies at random, such as the transform of an image, is drawn from the generator that is handed over, so that a run
 * can be repeated: a DataLoader always hands one over. Samples that take one are asked for one after the other, others all
 * at once; whether `get` takes one is told by its declaration, so write `generator` there without a default value.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.Dataset
 *
 * @example
 * class Squares extends Dataset<[number, number]> {
 *   get length() { return 100; }
 *   get(index: number): [number, number] { return [index / 100, (index / 100) ** 2]; }
 * }
 */
export abstract class Dataset<Sample> {
  /** How many samples there are. */
  abstract readonly length: number;

  /** The sample at `index`, in [0, length). */
  abstract get(index: number, generator?: Generator): Sample | Promise<Sample>;

  /**
   * A whole batch at once, where that is faster than `get` and `defaultCollate`, with the same result. `collate` is what the
   * DataLoader would put samples together with: a data set that passes on to another hands it over.
   */
  getBatch?(
    indices: readonly number[],
    generator?: Generator,
    collate?: Collate,
  ): Collated<Sample> | Promise<Collated<Sample>>;

  /** Its samples, and after them those of another: PyTorch's `self + other`. */
  concat<Other>(other: Dataset<Other>): ConcatDataset<Sample | Other> {
    return new ConcatDataset<Sample | Other>([this, other]);
  }
}

/**
 * Several data sets one after the other: sample `i` is the first one's, or, from its length on, the next one's. A negative index
 * counts from the end. Lengths are those of when it is made. A batch from one of them is made as that one makes it. Throws a ValueError for no data sets, or one that is iterated over.
 * (Beside `Dataset`, whose `concat` makes it.)
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.ConcatDataset
 *
 * @example
 * const both = new ConcatDataset([new Digits({ train: true }), new Digits({ train: false })]);
 */
export class ConcatDataset<Sample> extends Dataset<Sample> {
  /** The data sets, in their order. */
  readonly datasets: readonly Dataset<Sample>[];
  /** How many samples there are up to the end of each. */
  readonly cumulativeSizes: readonly number[];

  constructor(datasets: Iterable<Dataset<Sample>>) {
    super();
    this.datasets = [...datasets];
    if (this.datasets.length === 0) {
      throw new ValueError('ConcatDataset', 'there are no data sets. Pass at least one.');
    }
    const odd = this.datasets.findIndex((dataset: unknown) => dataset instanceof IterableDataset);
    if (odd >= 0) {
      throw new ValueError(
        'ConcatDataset',
        `data set ${odd} is an IterableDataset, whose samples have no numbers. Chain those in a ChainDataset.`,
      );
    }
    let total = 0;
    this.cumulativeSizes = this.datasets.map(({ length }) => (total += length));
  }

  get length(): number {
    return this.cumulativeSizes.at(-1) ?? 0;
  }

  get(index: number, generator?: Generator): Sample | Promise<Sample> {
    const place = this.#place(index);
    return place.dataset.get(place.index, generator);
  }

  override async getBatch(
    indices: readonly number[],
    generator?: Generator,
    collate: Collate = defaultCollate,
  ): Promise<Collated<Sample>> {
    const places = indices.map((index) => this.#place(index));
    const [first] = places;
    if (!first || places.some(({ dataset }) => dataset !== first.dataset))
      return collate(await fetchEach(places, generator));
    const chosen = places.map(({ index }) => index);
    return fetchBatch(first.dataset, chosen, generator, collate);
  }

  /** Which of the data sets has a sample, under which number. */
  #place(index: number): SamplePlace<Sample> {
    const { cumulativeSizes, length } = this;
    const place = index < 0 ? length + index : index;
    const chosen = cumulativeSizes.findIndex((end) => place < end);
    const dataset = this.datasets[chosen];
    if (!dataset || !Number.isInteger(place) || place < 0) {
      const sizes = show(cumulativeSizes);
      throw new ValueError(
        'ConcatDataset',
        `index ${index} is out of range: the data sets end at ${sizes}. Pass one from ${-length} to ${length - 1}.`,
      );
    }
    return { dataset, index: place - (cumulativeSizes[chosen - 1] ?? 0) };
  }
}
