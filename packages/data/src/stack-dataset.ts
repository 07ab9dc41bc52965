import { ValueError, type Generator } from '@rushlight/core';
import { checkIndex } from './check-options.ts';
import { Dataset } from './dataset.ts';
import { defaultCollate, type Collate, type Collated } from './default-collate.ts';
import { draws, fetchBatch, fetchSamples } from './fetch-batch.ts';
import { failed } from './sample-error.ts';

/** All that a StackDataset asks of a data set. */
export type DatasetPart = Pick<Dataset<unknown>, 'length' | 'get'>;

/** Data sets in a list, or by name. */
export type DatasetParts = readonly DatasetPart[] | Readonly<Record<string, DatasetPart>>;

/** A sample of each, in a list or by name as the data sets are. */
export type StackedSample<Parts extends DatasetParts> = {
  -readonly [Key in keyof Parts]: Parts[Key] extends DatasetPart ? Awaited<ReturnType<Parts[Key]['get']>> : never;
};

/**
 * Data sets of one length side by side: sample `i` is that of each, as a list, or as an object where they have names. Throws a
 * ValueError for no data sets, or for different lengths.
 * https://pytorch.org/docs/2.3/data.html#torch.utils.data.StackDataset
 *
 * @example
 * const pairs = new StackDataset([images, texts]); // of [image, text]
 * const named = new StackDataset({ image: images, text: texts }); // of { image, text }
 */
export class StackDataset<const Parts extends DatasetParts> extends Dataset<StackedSample<Parts>> {
  /** What was given: a sample of each is in every sample. */
  readonly datasets: Parts;

  constructor(datasets: Parts) {
    super();
    this.datasets = datasets;
    const sizes = Object.entries(datasets).map(([name, { length }]) => ({ name, length }));
    const [first] = sizes;
    if (!first) throw new ValueError('StackDataset', 'there are no data sets. Pass at least one.');
    const odd = sizes.find(({ length }) => length !== first.length);
    if (odd) {
      throw new ValueError(
        'StackDataset',
        `the data set ${odd.name} has ${odd.length} samples, but ${first.name} has ${first.length}. Pass data sets of one length.`,
      );
    }
  }

  get length(): number {
    return Object.values(this.datasets)[0]?.length ?? 0;
  }

  /** One data set after the other, so that what draws does so in their order. */
  async get(index: number, generator?: Generator): Promise<StackedSample<Parts>> {
    checkIndex('StackDataset', index, this.length);
    const { datasets } = this;
    const found: [string, unknown][] = [];
    for (const [name, dataset] of Object.entries<DatasetPart>(datasets)) {
      try {
        found.push([name, await dataset.get(index, generator)]);
      } catch (error) {
        throw failed(dataset, index, error);
      }
    }
    return this.#together(found) as StackedSample<Parts>;
  }

  /** Each part as its data set makes batches; where several draw, sample by sample, so that they take turns. */
  override async getBatch(
    indices: readonly number[],
    generator?: Generator,
    collate: Collate = defaultCollate,
  ): Promise<Collated<StackedSample<Parts>>> {
    const parts = Object.entries<DatasetPart>(this.datasets);
    if (parts.filter(([, dataset]) => draws(dataset)).length > 1)
      return collate(await fetchSamples(this, indices, generator));
    for (const index of indices) checkIndex('StackDataset', index, this.length);
    const made = parts.map(async ([name, dataset]): Promise<[string, unknown]> => {
      const key = Array.isArray(this.datasets) ? `[${name}]` : `.${name}`;
      const own: Collate = (samples, { place = '' } = {}) => collate(samples, { place: key + place });
      return [name, await fetchBatch(dataset as Dataset<unknown>, indices, generator, own)];
    });
    return this.#together(await Promise.all(made)) as Collated<StackedSample<Parts>>;
  }

  /** What belongs to each data set, as these were given. */
  #together(found: readonly [string, unknown][]): unknown {
    return Array.isArray(this.datasets) ? found.map(([, part]) => part) : Object.fromEntries(found);
  }
}
