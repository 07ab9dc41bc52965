import { defaultGenerator, drawPermutation, show, ValueError, type Generator } from '@rushlight/core';
import type { Dataset } from './dataset.ts';
import { Subset } from './subset.ts';

/** Options of `randomSplit`. */
export interface RandomSplitOptions {
  /** Where the permutation comes from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

/**
 * Deals the samples of a data set out to subsets without overlap, in PyTorch's permutation for the same seed. `lengths` are
 * sizes that add up to the data set's, or fractions that add up to 1: ⌊fraction · length⌋ each, and what is left goes one by
 * one to the first. Throws a ValueError for lengths that do neither.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.random_split
 *
 * @example
 * const [train, validation] = randomSplit(new Digits(), [0.9, 0.1], { generator: new Generator().manualSeed(42) });
 */
export function randomSplit<Sample, const Lengths extends readonly number[]>(
  dataset: Dataset<Sample>,
  lengths: Lengths,
  { generator = defaultGenerator() }: RandomSplitOptions = {},
): { -readonly [Place in keyof Lengths]: Subset<Sample> } {
  const total = dataset.length;
  const sizes = isAboutOne(sum(lengths)) ? shares(lengths, total) : lengths;
  const isShares = lengths.some((length) => length % 1 !== 0) && lengths.every((length) => length >= 0 && length <= 1);
  if (isShares && sizes === lengths) {
    throw new ValueError(
      'randomSplit',
      `the fractions ${show(lengths)} add up to ${Number(sum(lengths).toPrecision(12))}. Pass fractions that add up to 1, or numbers of samples.`,
    );
  }
  const wrong = sizes.find((size) => !Number.isInteger(size) || size < 0);
  if (wrong !== undefined) {
    throw new ValueError(
      'randomSplit',
      `the length ${wrong} is no number of samples. Pass integers >= 0, or fractions that add up to 1.`,
    );
  }
  if (sum(sizes) !== total) {
    throw new ValueError(
      'randomSplit',
      `the lengths ${show(sizes)} add up to ${sum(sizes)}, the data set has ${total} samples. Pass lengths that add up to that, or fractions that add up to 1.`,
    );
  }
  const order = [...drawPermutation(generator, 'int32', total)];
  let end = 0;
  const parts: Subset<Sample>[] = sizes.map((size) => new Subset(dataset, order.slice(end, (end += size))));
  return parts as { -readonly [Place in keyof Lengths]: Subset<Sample> };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function isAboutOne(x: number): boolean {
  return Math.abs(x - 1) <= 1e-9 * Math.max(x, 1);
}

function shares(fractions: readonly number[], total: number): number[] {
  fractions.forEach((fraction, at) => {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new ValueError(
        'randomSplit',
        `the fraction ${fraction} at ${at} is not between 0 and 1. Pass fractions that are, and add up to 1.`,
      );
    }
  });
  const sizes = fractions.map((fraction) => Math.floor(total * fraction));
  const left = total - sum(sizes);
  return sizes.map((size, at) => size + Math.floor((left + sizes.length - 1 - at) / sizes.length));
}
