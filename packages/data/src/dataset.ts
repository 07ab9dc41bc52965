import type { Generator } from '@rushlight/core';
import type { Collate, Collated } from './default-collate.ts';

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
}
