// Filling a tensor in place from further distributions.

import { isTensor } from '../is-tensor.ts';
import type { Tensor } from '../tensor.ts';
import { drawBernoulli, drawBernoulliEach } from './draw-bernoulli.ts';
import { drawCauchy, drawExponential, drawGeometric, drawLogNormal } from './draw-by-inversion.ts';
import { drawIntegers } from './draw-integers.ts';
import { floatOf, generatorOf, overwrite, type DrawOptions } from './overwrite.ts';

/** Integers in [from, to); without bounds all that the dtype holds exactly. torch.Tensor.random_ */
export function random_(
  x: Tensor,
  { from = 0, to, ...options }: DrawOptions & { readonly from?: number; readonly to?: number } = {},
): Tensor {
  return overwrite(x, (n) => drawIntegers(generatorOf(options), x.dtype, n, from, to));
}

/** 1 with probability p, else 0. A tensor, which is read, gives each element its own and broadcasts. torch.Tensor.bernoulli_ */
export function bernoulli_(
  x: Tensor,
  { p = 0.5, ...options }: DrawOptions & { readonly p?: number | Tensor } = {},
): Tensor {
  if (isTensor(p)) {
    const from = floatOf('bernoulli_', p.dtype);
    const each = p.detach().expand(x.shape).to('float64').dataSync();
    return overwrite(x, () => drawBernoulliEach(generatorOf(options), x.dtype, each, from));
  }
  return overwrite(x, (n) => drawBernoulli(generatorOf(options), x.dtype, n, p));
}

/** Exponential with rate lambd. torch.Tensor.exponential_ */
export function exponential_(
  x: Tensor,
  { lambd = 1, ...options }: DrawOptions & { readonly lambd?: number } = {},
): Tensor {
  const dtype = floatOf('exponential_', x.dtype);
  return overwrite(x, (n) => drawExponential(generatorOf(options), dtype, n, lambd));
}

/** The number of trials until the first success of probability p. torch.Tensor.geometric_ */
export function geometric_(x: Tensor, p: number, options: DrawOptions = {}): Tensor {
  return overwrite(x, (n) => drawGeometric(generatorOf(options), x.dtype, n, p));
}

/** Cauchy. torch.Tensor.cauchy_ */
export function cauchy_(
  x: Tensor,
  { median = 0, sigma = 1, ...options }: DrawOptions & { readonly median?: number; readonly sigma?: number } = {},
): Tensor {
  const dtype = floatOf('cauchy_', x.dtype);
  return overwrite(x, (n) => drawCauchy(generatorOf(options), dtype, n, median, sigma));
}

/** e to the power of a normal number. torch.Tensor.log_normal_ */
export function logNormal_(
  x: Tensor,
  { mean = 1, std = 2, ...options }: DrawOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  const dtype = floatOf('logNormal_', x.dtype);
  return overwrite(x, (n) => drawLogNormal(generatorOf(options), dtype, n, mean, std));
}
