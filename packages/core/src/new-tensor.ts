import type { Device } from './device.ts';
import { contiguousStrides, sizeOf, type DType } from './kernel/index.ts';
import { Tensor } from './tensor.ts';

/** As tensor-factory's `makeTensor`, through the class itself: who makes a first tensor brings the class, and so all methods, along. */
export function newTensor(device: Device, dtype: DType, shape: readonly number[]): Tensor {
  return new Tensor(device.allocate(dtype, sizeOf(shape)), [...shape], contiguousStrides(shape), 0);
}
