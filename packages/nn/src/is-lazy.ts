import type { Tensor } from '@rushlight/core';

/** @internal What marks a tensor that has no shape yet. */
export const lazyMark: unique symbol = Symbol('uninitialized') as never;

/** @internal A parameter or buffer that has no shape yet. */
export interface LazyTensor extends Tensor {
  materialize(shape: readonly number[]): void;
}

/** Whether a tensor is a parameter or buffer of a lazy layer that has no shape yet. torch.nn.parameter.is_lazy */
export function isLazy(x: unknown): x is LazyTensor {
  return typeof x === 'object' && x !== null && lazyMark in x;
}
