import type { Generator } from '@rushlight/core';
import type { Dataset } from './dataset.ts';
import { defaultCollate, type Collated } from './default-collate.ts';

/** The samples at `indices`, in their order. */
export async function fetchSamples<Sample>(
  dataset: Dataset<Sample>,
  indices: readonly number[],
  generator: Generator | undefined,
): Promise<Sample[]> {
  // What draws must draw in order, whenever its files arrive. Others are asked at once; one that throws must not leave those
  // before it without anybody to hear of their failures.
  if (dataset.get.length < 2) return Promise.all(indices.map(async (index) => dataset.get(index, generator)));
  const samples: Sample[] = [];
  for (const index of indices) samples.push(await dataset.get(index, generator));
  return samples;
}

/** The samples at `indices` as a batch: by the data set itself where it makes them, else by `defaultCollate`. */
export async function fetchBatch<Sample>(
  dataset: Dataset<Sample>,
  indices: readonly number[],
  generator: Generator | undefined,
): Promise<Collated<Sample>> {
  if (batchesItself(dataset)) return dataset.getBatch(indices, generator);
  return defaultCollate(await fetchSamples(dataset, indices, generator));
}

/** A subclass that overrides `get` alone wants it to be called, whatever `getBatch` it inherits. */
function batchesItself<Sample>(dataset: Dataset<Sample>): dataset is Required<Dataset<Sample>> {
  let level: object | null = dataset;
  while (level && !Object.hasOwn(level, 'getBatch')) {
    level = Object.hasOwn(level, 'get') ? null : Object.getPrototypeOf(level);
  }
  return level !== null;
}
