// Making tensors without importing their class: the class has every operation as a method, and operations make tensors.
// tensor.ts hands its class in when it is defined; creation.ts, which makes the first tensors, imports that.

import { DeviceError } from './errors.ts';
import type { Device, Storage } from './device.ts';
import { isTensor } from './is-tensor.ts';
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

/** A new tensor, dense and row-major, its contents undefined. Its shape is a copy, since whoever gave it may change it. */
export function makeTensor(device: Device, dtype: DType, shape: readonly number[]): Tensor {
  return wrapStorage(device.allocate(dtype, sizeOf(shape)), [...shape], contiguousStrides(shape));
}

/** Refuses operands that are no tensors, or not all on one device. */
export function checkOperands(op: string, operands: readonly unknown[], device?: Device): void {
  let first = device;
  for (let k = 0; k < operands.length; k++) {
    const x = operands[k];
    if (!isTensor(x)) {
      const what = Array.isArray(x) ? 'an array' : x === undefined ? 'nothing' : x === null ? 'null' : `a ${typeof x}`;
      throw new TypeError(`${op}: operand ${k + 1} is ${what}. It must be a tensor: make one with \`tensor(…)\`.`);
    }
    first ??= x.device;
    if (x.device === first) continue;
    throw new DeviceError(
      op,
      `tensors live on different devices ("${first.name}" and "${x.device.name}"). Move one with \`await t.to("${first.name}")\`.`,
    );
  }
}
