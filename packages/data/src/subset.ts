import { ValueError, type Generator } from '@rushlight/core';
import { checkIndex } from './check-options.ts';
import { Dataset } from './dataset.ts';
import type { Collate, Collated } from './default-collate.ts';
import { fetchBatch } from './fetch-batch.ts';

/**
 * Some samples of another data set: sample `i` is the one at `indices[i]` there. Batches are made as that data set makes them.
 * Asking for one throws a ValueError if its index is none of the data set.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.Subset
 *
 * @example
 * const few = new Subset(new Digits(), [0, 2, 4]);
 */
export class Subset<Sample> extends Dataset<Sample> {
  /** The data set that the samples are of. */
  readonly dataset: Dataset<Sample>;
  /** Their numbers in it. */
  readonly indices: readonly number[];

  constructor(dataset: Dataset<Sample>, indices: readonly number[]) {
    super();
    this.dataset = dataset;
    this.indices = indices;
  }

  get length(): number {
    return this.indices.length;
  }

  get(index: number, generator?: Generator): Sample | Promise<Sample> {
    return this.dataset.get(this.#indexOf(index), generator);
  }

  override async getBatch(
    indices: readonly number[],
    generator?: Generator,
    collate?: Collate,
  ): Promise<Collated<Sample>> {
    const chosen = indices.map((index) => this.#indexOf(index));
    return fetchBatch(this.dataset, chosen, generator, collate);
  }

  #indexOf(place: number): number {
    checkIndex('Subset', place, this.length);
    const index = this.indices[place] ?? NaN;
    const { length } = this.dataset;
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new ValueError(
        'Subset',
        `its index ${index} at ${place} is none of the data set, which has ${length} samples. Pass indices of that data set.`,
      );
    }
    return index;
  }
}
