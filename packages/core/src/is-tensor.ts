// Telling a tensor from other values without importing its class: operations are imported by it.

import type { Tensor } from './tensor.ts';

/** @internal Marks tensors; `Symbol.for`, so that two copies of the library see each other's. */
export const tensorMark: unique symbol = Symbol.for('rushlight.tensor') as never;

/** Whether a value is a tensor. torch.is_tensor */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && tensorMark in value;
}
