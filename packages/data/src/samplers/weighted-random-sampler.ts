import {
  defaultGenerator,
  drawMultinomial,
  isTensor,
  show,
  ValueError,
  type Generator,
  type Tensor,
} from '@rushlight/core';
import { checkCount } from '../check-options.ts';
import { Sampler } from './sampler.ts';

/** Options of a WeightedRandomSampler. */
export interface WeightedRandomSamplerOptions {
  /** Draw each number independently, so that some come twice. Default true. */
  readonly replacement?: boolean;
  /** Where the draws come from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

/**
 * `numSamples` numbers below the count of weights, each as probable as its weight says, which need not add up to 1: PyTorch's draws
 * for the same seed, in float64. All of an epoch are drawn at its beginning. Throws a ValueError unless numSamples is a positive
 * integer and the weights are a flat list of numbers or a tensor of one dim, DeviceError for one that cannot be read synchronously;
 * the iteration throws a ValueError for a weight that is negative or not finite, for weights that are all 0, and for more samples
 * than weights without replacement.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.WeightedRandomSampler
 *
 * @example
 * const balanced = new WeightedRandomSampler(labels.map((label) => 1 / counts[label]), labels.length);
 */
export class WeightedRandomSampler extends Sampler {
  /** How probable each number is, next to the others. */
  readonly weights: Float64Array;
  /** How many numbers an epoch has. */
  readonly numSamples: number;
  /** Whether a number may come twice. */
  readonly replacement: boolean;
  /** Where the draws come from; undefined for the default generator. */
  readonly generator: Generator | undefined;

  constructor(
    weights: Tensor | (Iterable<number> & { readonly length: number }),
    numSamples: number,
    { replacement = true, generator }: WeightedRandomSamplerOptions = {},
  ) {
    super();
    checkCount('WeightedRandomSampler', 'numSamples', numSamples);
    const list = isTensor(weights) ? numbersOf(weights) : [...weights];
    const odd = list.findIndex((weight) => typeof weight !== 'number');
    if (odd >= 0) {
      throw new ValueError(
        'WeightedRandomSampler',
        `the weight at ${odd} is ${Array.isArray(list[odd]) ? 'a list' : typeof list[odd]}. Pass a flat list of numbers.`,
      );
    }
    this.weights = Float64Array.from(list as number[]);
    this.numSamples = numSamples;
    this.replacement = replacement;
    this.generator = generator;
  }

  get length(): number {
    return this.numSamples;
  }

  *[Symbol.iterator](): Iterator<number> {
    const { weights, numSamples, replacement } = this;
    if (weights.length === 0) {
      throw new ValueError('WeightedRandomSampler', 'there are no weights to draw by. Pass one for each sample.');
    }
    yield* drawMultinomial(this.generator ?? defaultGenerator(), 'float64', weights, weights.length, numSamples, {
      replacement,
    });
  }
}

/** The weights in a tensor. */
function numbersOf(weights: Tensor): readonly unknown[] {
  if (weights.ndim === 1) return weights.toArraySync() as readonly unknown[];
  throw new ValueError('WeightedRandomSampler', `the weights have shape ${show(weights.shape)}. Pass a flat list.`);
}
