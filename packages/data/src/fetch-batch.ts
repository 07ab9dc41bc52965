import { isRushlightError, type Generator } from '@rushlight/core';
import type { Dataset } from './dataset.ts';
import { defaultCollate, type Collate, type Collated } from './default-collate.ts';
import { failed, SampleError } from './sample-error.ts';

/** One sample of a data set. */
export interface SamplePlace<Sample> {
  readonly dataset: Dataset<Sample>;
  readonly index: number;
}

/** Whether samples of a data set take a generator: those are asked for one after the other. */
export const draws = (dataset: Pick<Dataset<unknown>, 'get'>): boolean => dataset.get.length >= 2;

/** The samples at `indices`, in their order. Rejects with a SampleError that names the one that cannot be had. */
export function fetchSamples<Sample>(
  dataset: Dataset<Sample>,
  indices: readonly number[],
  generator: Generator | undefined,
): Promise<Sample[]> {
  return fetchEach(
    indices.map((index) => ({ dataset, index })),
    generator,
  );
}

/** As `fetchSamples`, of any data sets. */
export async function fetchEach<Sample>(
  places: readonly SamplePlace<Sample>[],
  generator: Generator | undefined,
): Promise<Sample[]> {
  // What draws must draw in order, whenever its files arrive. Others are asked at once; one that throws must not leave those
  // before it without anybody to hear of their failures.
  let drawn: Promise<Sample> | undefined;
  return Promise.all(
    places.map(({ dataset, index }) => {
      const fetch = async (): Promise<Sample> => {
        try {
          return await dataset.get(index, generator);
        } catch (error) {
          throw failed(dataset, index, error);
        }
      };
      if (!draws(dataset)) return fetch();
      drawn = drawn ? drawn.then(fetch) : fetch();
      return drawn;
    }),
  );
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
