// Filling a tensor with random numbers in place: what initialisers are made of. Installed as methods of Tensor.

import { wrapStorage } from '../tensor-factory.ts';
import { contiguousStrides, sizeOf, type TypedArray } from '../kernel/index.ts';
import { freeInternal } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';
import { DTypeError } from '../errors.ts';
import { isFloat, type DType } from '../kernel/index.ts';
import { defaultGenerator } from './default-generator.ts';
import { drawBernoulli } from './draw-bernoulli.ts';
import { drawCauchy, drawExponential, drawGeometric, drawLogNormal } from './draw-by-inversion.ts';
import { drawIntegers } from './draw-integers.ts';
import { drawNormal } from './draw-normal.ts';
import { drawUniform } from './draw-uniform.ts';
import type { Generator } from './generator.ts';
import { upload } from './upload.ts';

export interface DrawOptions {
  readonly generator?: Generator;
}

type FloatDType = 'float16' | 'float32' | 'float64';
const generatorOf = ({ generator }: DrawOptions): Generator => generator ?? defaultGenerator();

function float(op: string, dtype: DType): FloatDType {
  if (isFloat(dtype)) return dtype as FloatDType;
  throw new DTypeError(op, `it draws floats, not ${dtype}. Use a float tensor, or random_.`);
}

/** Writes drawn numbers, row-major, whatever the strides: through `copy_`, which also checks and counts the change. */
function overwrite(x: Tensor, draw: (length: number) => TypedArray): Tensor {
  const storage = x.device.allocate(x.dtype, sizeOf(x.shape));
  upload(storage, draw);
  x.copy_(wrapStorage(storage, x.shape, contiguousStrides(x.shape)));
  freeInternal(storage);
  return x;
}

/** Uniform in [from, to). torch.Tensor.uniform_ */
export function uniform_(
  x: Tensor,
  { from = 0, to = 1, ...options }: DrawOptions & { readonly from?: number; readonly to?: number } = {},
): Tensor {
  const dtype = float('uniform_', x.dtype);
  return overwrite(x, (n) => drawUniform(generatorOf(options), dtype, n, from, to));
}

/** Normal. torch.Tensor.normal_ */
export function normal_(
  x: Tensor,
  { mean = 0, std = 1, ...options }: DrawOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  const dtype = float('normal_', x.dtype);
  return overwrite(x, (n) => drawNormal(generatorOf(options), dtype, n, mean, std));
}

/** Integers in [from, to); without bounds all that the dtype holds exactly. torch.Tensor.random_ */
export function random_(
  x: Tensor,
  { from = 0, to, ...options }: DrawOptions & { readonly from?: number; readonly to?: number } = {},
): Tensor {
  return overwrite(x, (n) => drawIntegers(generatorOf(options), x.dtype, n, from, to));
}

/** 1 with probability p, else 0. torch.Tensor.bernoulli_ */
export function bernoulli_(x: Tensor, { p = 0.5, ...options }: DrawOptions & { readonly p?: number } = {}): Tensor {
  return overwrite(x, (n) => drawBernoulli(generatorOf(options), x.dtype, n, p));
}

/** Exponential with rate lambd. torch.Tensor.exponential_ */
export function exponential_(
  x: Tensor,
  { lambd = 1, ...options }: DrawOptions & { readonly lambd?: number } = {},
): Tensor {
  const dtype = float('exponential_', x.dtype);
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
  const dtype = float('cauchy_', x.dtype);
  return overwrite(x, (n) => drawCauchy(generatorOf(options), dtype, n, median, sigma));
}

/** e to the power of a normal number. torch.Tensor.log_normal_ */
export function logNormal_(
  x: Tensor,
  { mean = 1, std = 2, ...options }: DrawOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  const dtype = float('logNormal_', x.dtype);
  return overwrite(x, (n) => drawLogNormal(generatorOf(options), dtype, n, mean, std));
}
