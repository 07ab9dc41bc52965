import { norm, type Tensor } from '@rushlight/core';
import { floatType } from './float-operands.ts';

export interface PairwiseDistanceOptions {
  /** The power of the norm. Default 2. */
  readonly p?: number;
  /** What is added to each difference. Default 1e-6. */
  readonly eps?: number;
}

/** ‖x1 − x2 + eps‖_p over the last dim. torch.nn.functional.pairwise_distance */
export function pairwiseDistance(x1: Tensor, x2: Tensor, { p = 2, eps = 1e-6 }: PairwiseDistanceOptions = {}): Tensor {
  const dtype = floatType(x1, x2);
  return norm(x1.to(dtype).sub(x2.to(dtype)).add(eps), -1, { p });
}
