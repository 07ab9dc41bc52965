// What works along a dim takes a 0-dim tensor as one of one element, and gives it back without dims.

import type { Tensor } from '../tensor.ts';

/** A 0-dim tensor as one of size 1 on the same memory; others as they are. */
export function atLeast1d(x: Tensor): Tensor {
  return x.shape.length === 0 ? x.view([1]) : x;
}

/** `result` without dims if `x` has none. */
export function withoutDims(result: Tensor, x: Tensor): Tensor {
  return x.shape.length === 0 ? result.reshape([]) : result;
}
