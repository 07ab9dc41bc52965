import { defaultGenerator, drawPermutation, drawSeed, Generator } from '@rushlight/core';
import { checkCount } from '../check-options.ts';
import { Sampler, type Sized } from './sampler.ts';

/** Options of a RandomSampler. */
export interface RandomSamplerOptions {
  /** Draw each number independently, so that some come twice. Default false. */
  readonly replacement?: boolean;
  /** How many numbers an epoch has. Default: the length of the data source. */
  readonly numSamples?: number;
  /** Where the order comes from. By default each epoch has a generator of its own, seeded from the default one. */
  readonly generator?: Generator;
}

/**
 * All numbers below the data source's length in random order, or draws with replacement: in PyTorch's order for the same seed.
 * Throws a ValueError unless there is something to draw.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.RandomSampler
 */
export class RandomSampler extends Sampler {
  /** What numbers are drawn for. */
  readonly dataSource: Sized;
  /** Whether a number may come twice. */
  readonly replacement: boolean;
  /** Where the order comes from; undefined where each epoch has a generator of its own. */
  readonly generator: Generator | undefined;
  readonly #numSamples: number | undefined;

  constructor(dataSource: Sized, { replacement = false, numSamples, generator }: RandomSamplerOptions = {}) {
    super();
    this.dataSource = dataSource;
    this.replacement = replacement;
    this.generator = generator;
    this.#numSamples = numSamples;
    checkCount('RandomSampler', 'numSamples', this.length, dataSource.length === 0 ? ': the data set is empty' : '');
  }

  get length(): number {
    return this.#numSamples ?? this.dataSource.length;
  }

  *[Symbol.iterator](): Iterator<number> {
    const count = this.dataSource.length;
    checkCount('RandomSampler', 'the length of the data source', count);
    const generator = this.generator ?? new Generator().manualSeed(drawSeed(defaultGenerator()));
    if (this.replacement) {
      // In PyTorch's portions: somebody may draw from the generator in between.
      for (let left = this.length; left > 0; left -= 32) {
        yield* Array.from({ length: Math.min(32, left) }, () => generator.random() % count);
      }
      return;
    }
    // PyTorch permutes once more even where the last permutation gives nothing, and the generator shall end up where its does.
    for (let left = this.length; left >= 0; left -= count) {
      yield* drawPermutation(generator, 'int32', count).subarray(0, left);
    }
  }
}
