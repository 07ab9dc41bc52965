// Making tensors without importing their class: the class has every operation as a method, and operations make tensors.
// tensor.ts hands its class in when it is defined; creation.ts, which makes the first tensors, imports that.

import { DeviceError } from './errors.ts';
import type { Device, Storage } from './device.ts';
import { contiguousStrides, sizeOf, type DType } from './kernel/index.ts';
import type { Tensor } from './tensor.ts';

type TensorClass = new (
  storage: Storage,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
) => Tensor;

let Class: TensorClass | undefined;

/** @internal */
export function defineTensor(tensorClass: TensorClass): void {
  Class = tensorClass;
}

/** A tensor on existing memory. */
export function wrapStorage(
  storage: Storage,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Tensor {
  if (!Class) throw new Error('the Tensor class is not loaded. Import from `@rushlight/core`, not from a file of it.');
  return new Class(storage, shape, strides, offset);
}

/** A new tensor, dense and row-major, its contents undefined. */
export function makeTensor(device: Device, dtype: DType, shape: readonly number[]): Tensor {
  return wrapStorage(device.allocate(dtype, sizeOf(shape)), shape, contiguousStrides(shape));
}

/** Refuses to mix devices in one operation. */
export function checkSameDevice(op: string, a: Device, b: Device): void {
  if (a === b) return;
  throw new DeviceError(
    op,
    `tensors live on different devices ("${a.name}" and "${b.name}"). Move one with \`await t.to("${a.name}")\`.`,
  );
}
