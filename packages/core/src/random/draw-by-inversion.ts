// Distributions that PyTorch draws by inverting their distribution function, each number from one float64 uniform;
// and the log-normal, from one float64 normal.

import { ValueError } from '../errors.ts';
import type { DType, TypedArray } from '../kernel/dtype.ts';
import { fillHost, type FloatDType } from './fill-host.ts';
import type { Generator } from './generator.ts';

/**
 * `length` numbers −log(1 − u) / lambd. Throws a ValueError if lambd is negative.
 * https://pytorch.org/docs/1.13/generated/torch.Tensor.exponential_.html
 */
export function drawExponential(generator: Generator, dtype: FloatDType, length: number, lambd = 1): TypedArray {
  if (!(lambd >= 0)) throw new ValueError('exponential_', `the rate ${lambd} is not >= 0. Pass one that is.`);
  return fillHost(dtype, length, () => (-1 / lambd) * Math.log(1 - generator.uniform()));
}

/**
 * `length` numbers ⌈log u / log(1 − p)⌉. Throws a ValueError unless 0 < p < 1.
 * https://pytorch.org/docs/1.13/generated/torch.Tensor.geometric_.html
 */
export function drawGeometric(generator: Generator, dtype: DType, length: number, p: number): TypedArray {
  if (!(p > 0 && p < 1))
    throw new ValueError(
      'geometric_',
      `the probability ${p} is not between 0 and 1. Pass one that is, neither 0 nor 1.`,
    );
  return fillHost(dtype, length, () => Math.ceil(Math.log(generator.uniform()) / Math.log(1 - p)));
}

/**
 * `length` numbers median + sigma · tan(π (u − ½)).
 * https://pytorch.org/docs/1.13/generated/torch.Tensor.cauchy_.html
 */
export function drawCauchy(generator: Generator, dtype: FloatDType, length: number, median = 0, sigma = 1): TypedArray {
  return fillHost(dtype, length, () => median + sigma * Math.tan(Math.PI * (generator.uniform() - 0.5)));
}

/**
 * `length` numbers exp(mean + std · z), z standard normal. Throws a ValueError unless std > 0.
 * https://pytorch.org/docs/1.13/generated/torch.Tensor.log_normal_.html
 */
export function drawLogNormal(generator: Generator, dtype: FloatDType, length: number, mean = 1, std = 2): TypedArray {
  if (!(std > 0)) throw new ValueError('logNormal_', `the standard deviation ${std} is not > 0. Pass one that is.`);
  return fillHost(dtype, length, () => Math.exp(generator.normal() * std + mean));
}
