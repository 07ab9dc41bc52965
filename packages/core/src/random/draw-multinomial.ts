import { ValueError } from '../errors.ts';
import { floatFormats, type FloatDType } from './fill-host.ts';
import type { Generator } from './generator.ts';

export interface DrawMultinomialOptions {
  /** Whether a category can be drawn twice in a row of samples. */
  replacement?: boolean | undefined;
}

/**
 * `numSamples` category indices for each row of `weights`, [rows, categories] in row-major order and of `dtype`; the weights
 * need not sum to one. With replacement a float64 uniform is looked up in the cumulative distribution; without, the greatest
 * weight / Exp(1) win. Throws a ValueError for weights that are negative, not finite or all zero, and for more samples than
 * categories without replacement.
 * https://pytorch.org/docs/1.13/generated/torch.multinomial.html
 */
export function drawMultinomial(
  generator: Generator,
  dtype: FloatDType,
  weights: ArrayLike<number>,
  categories: number,
  numSamples: number,
  { replacement = false }: DrawMultinomialOptions = {},
): Int32Array {
  if (!Number.isSafeInteger(numSamples) || numSamples < 1)
    throw new ValueError('multinomial', `${numSamples} samples are asked for. Ask for at least 1.`);
  if (!replacement && numSamples > categories) {
    throw new ValueError(
      'multinomial',
      `${numSamples} samples of ${categories} categories without replacement. Ask for fewer, or set { replacement: true }.`,
    );
  }
  const rows = categories === 0 ? 0 : weights.length / categories;
  const sums = sumRows(weights, categories, rows, dtype);
  const samples = new Int32Array(rows * numSamples);
  // Without replacement PyTorch draws for all rows before it compares.
  for (let row = 0; row < rows; row++) {
    const drawn = replacement
      ? lookUp(generator, sums.subarray(row * categories, (row + 1) * categories), numSamples, dtype)
      : race(generator, weights, row * categories, categories, numSamples, dtype);
    samples.set(drawn, row * numSamples);
  }
  return samples;
}

/** The running sums of each row, rounded as `dtype` sums. */
function sumRows(weights: ArrayLike<number>, categories: number, rows: number, dtype: FloatDType): Float64Array {
  const { round } = accumulator(dtype);
  const sums = new Float64Array(weights.length);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * categories; i < (row + 1) * categories; i++) {
      const weight = weights[i] ?? 0;
      if (!(weight >= 0 && weight < Infinity)) {
        throw new ValueError(
          'multinomial',
          `the weight ${weight} at row ${row}, category ${i % categories} is not a finite number >= 0. Pass weights that are.`,
        );
      }
      sum = round(sum + weight);
      sums[i] = sum;
    }
    if (sum === 0)
      throw new ValueError(
        'multinomial',
        `all ${categories} weights of row ${row} are zero. Give at least one category a weight.`,
      );
  }
  return sums;
}

function lookUp(generator: Generator, sums: Float64Array, numSamples: number, dtype: FloatDType): number[] {
  const { round } = accumulator(dtype);
  const total = sums[sums.length - 1] ?? 0;
  const cumulative = sums.map((sum) => round(sum / total));
  return Array.from({ length: numSamples }, () => {
    const uniform = generator.uniform();
    let [low, high] = [0, cumulative.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) < uniform) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}

function race(
  generator: Generator,
  weights: ArrayLike<number>,
  start: number,
  categories: number,
  numSamples: number,
  dtype: FloatDType,
): number[] {
  const { round } = accumulator(dtype);
  const scores = Float64Array.from({ length: categories }, (_, i) => {
    const arrival = round(-Math.log(1 - generator.uniform()));
    const weight = weights[start + i] ?? 0;
    return weight === 0 ? 0 : round(weight / arrival);
  });
  const ranked = Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  return ranked.slice(0, numSamples);
}

/** Halves are accumulated in float32. */
function accumulator(dtype: FloatDType) {
  return floatFormats[dtype === 'float16' ? 'float32' : dtype];
}
