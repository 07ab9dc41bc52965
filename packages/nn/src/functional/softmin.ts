import type { Tensor } from '@rushlight/core';

/** e^−x / Σ e^−x along a dim; `dtype` converts x first. torch.nn.functional.softmin */
export function softmin(x: Tensor, dim: number, options: Parameters<Tensor['softmax']>[1] = {}): Tensor {
  return x.neg().softmax(dim, options);
}
