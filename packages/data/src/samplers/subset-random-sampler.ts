import { defaultGenerator, drawPermutation, type Generator } from '@rushlight/core';
import { Sampler } from './sampler.ts';

/**
 * The given numbers in random order, in PyTorch's for the same seed.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.SubsetRandomSampler
 */
export class SubsetRandomSampler extends Sampler {
  /** The numbers that are put in random order. */
  readonly indices: readonly number[];
  /** Where the order comes from; undefined for the default generator. */
  readonly generator: Generator | undefined;

  constructor(indices: readonly number[], { generator }: { readonly generator?: Generator } = {}) {
    super();
    this.indices = indices;
    this.generator = generator;
  }

  get length(): number {
    return this.indices.length;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const position of drawPermutation(this.generator ?? defaultGenerator(), 'int32', this.indices.length)) {
      yield this.indices[position] ?? position;
    }
  }
}
