import { isRushlightError, type Generator } from '@rushlight/core';
import type { Dataset } from './dataset.ts';
import { defaultCollate, type Collate, type Collated } from './default-collate.ts';
import { failed, SampleError } from './sample-error.ts';

/** The samples at `indices`, in their order. Rejects with a SampleError that names the one that cannot be had. */
export async function fetchSamples<Sample>(
  dataset: Dataset<Sample>,
  indices: readonly number[],
  generator: Generator | undefined,
): Promise<Sample[]> {
  const fetch = async (index: number): Promise<Sample> => {
    try {
      return await dataset.get(index, generator);
    } catch (error) {
      throw failed(dataset, index, error);
    }
  };
  // What draws must draw in order, whenever its files arrive. Others are asked at once; one that throws must not leave those
  // before it without anybody to hear of their failures.
  if (dataset.get.length < 2) return Promise.all(indices.map(fetch));
  const samples: Sample[] = [];
  for (const index of indices) samples.push(await fetch(index));
  return samples;
}

/** The samples at `indices` as a batch: by the data set itself where it makes them, else by `collate`. */
export async function fetchBatch<Sample>(
  dataset: Dataset<Sample>,
  indices: readonly number[],
  generator: Generator | undefined,
  collate: Collate = defaultCollate,
): Promise<Collated<Sample>> {
  if (!batchesItself(dataset)) return collate(await fetchSamples(dataset, indices, generator));
  try {
    return await dataset.getBatch(indices, generator, collate);
  } catch (error) {
    // What this library throws says what is wrong with which sample.
    throw isRushlightError(error) ? error : new SampleError(dataset, indices, error);
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
