import { clamp, DTypeError, isFloat, norm, type Tensor } from '@rushlight/core';

export interface NormalizeOptions {
  /** The power of the norm. Default 2. */
  readonly p?: number;
  /** The least that a norm counts, so that zeros divide by something. Default 1e-12. */
  readonly eps?: number;
}

/**
 * x / max(‖x‖_p, eps), the norm taken along a dim (1 by default) or over several: the same shape. Throws DTypeError for integers.
 * torch.nn.functional.normalize
 */
export function normalize(
  x: Tensor,
  dim: number | readonly number[] | NormalizeOptions = 1,
  options: NormalizeOptions = {},
): Tensor {
  if (typeof dim !== 'number' && !Array.isArray(dim)) return normalize(x, 1, dim as NormalizeOptions);
  const { p = 2, eps = 1e-12 } = options;
  if (!isFloat(x.dtype))
    throw new DTypeError('normalize', `the input is ${x.dtype}. It must be a float: convert with \`.to('float32')\`.`);
  return x.div(clamp(norm(x, dim as number | readonly number[], { p, keepdim: true }), { min: eps }));
}
