// Tensors of the dtype and device of another, as methods of that.

import { empty, full, ones, tensor, zeros, type Nested, type TensorOptions } from '../creation.ts';
import type { Tensor } from '../tensor.ts';
import { emptyStrided } from './from-data.ts';

const like = (x: Tensor, options: TensorOptions): TensorOptions => ({ dtype: x.dtype, device: x.device, ...options });

/** A tensor of given values. torch.Tensor.new_tensor */
export function newTensor(x: Tensor, data: Nested | ArrayBufferView, options: TensorOptions = {}): Tensor {
  return tensor(data, like(x, options));
}

/** Every element `value`. torch.Tensor.new_full */
export function newFull(x: Tensor, shape: readonly number[], value: number, options: TensorOptions = {}): Tensor {
  return full(shape, value, like(x, options));
}

/** Every element 0. torch.Tensor.new_zeros */
export function newZeros(x: Tensor, shape: readonly number[], options: TensorOptions = {}): Tensor {
  return zeros(shape, like(x, options));
}

/** Every element 1. torch.Tensor.new_ones */
export function newOnes(x: Tensor, shape: readonly number[], options: TensorOptions = {}): Tensor {
  return ones(shape, like(x, options));
}

/** Contents undefined. torch.Tensor.new_empty */
export function newEmpty(x: Tensor, shape: readonly number[], options: TensorOptions = {}): Tensor {
  return empty(shape, like(x, options));
}

/** Contents undefined, walked by given strides. torch.Tensor.new_empty_strided */
export function newEmptyStrided(
  x: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  options: TensorOptions = {},
): Tensor {
  return emptyStrided(shape, strides, like(x, options));
}
