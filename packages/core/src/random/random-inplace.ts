// Filling a tensor with random numbers in place: what initialisers are made of. Methods of every tensor.

import type { Tensor } from '../tensor.ts';
import { drawNormal } from './draw-normal.ts';
import { drawUniform } from './draw-uniform.ts';
import { floatOf, generatorOf, overwrite, type DrawOptions } from './overwrite.ts';

/** Uniform in [from, to). torch.Tensor.uniform_ */
export function uniform_(
  x: Tensor,
  { from = 0, to = 1, ...options }: DrawOptions & { readonly from?: number; readonly to?: number } = {},
): Tensor {
  const dtype = floatOf('uniform_', x.dtype);
  return overwrite(x, (n) => drawUniform(generatorOf(options), dtype, n, from, to));
}

/** Normal. torch.Tensor.normal_ */
export function normal_(
  x: Tensor,
  { mean = 0, std = 1, ...options }: DrawOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  const dtype = floatOf('normal_', x.dtype);
  return overwrite(x, (n) => drawNormal(generatorOf(options), dtype, n, mean, std));
}
