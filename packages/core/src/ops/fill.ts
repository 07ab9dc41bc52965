// Making a tensor of one value.

import type { Device } from '../device.ts';
import type { DType } from '../kernel/index.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';

const fullOp = loopOp('full', (k, dtype: DType) => k.perElement(k.scalar(dtype)));

/** Sets every element of a tensor that was just made. */
export function fillNew(made: Tensor, value: number | boolean): Tensor {
  const { dtype, shape } = made;
  const number = dtype === 'bool' ? Number(Boolean(value)) : Number(value);
  runLoop(fullOp([], dtype), [], { out: [made], shape, scalars: [number] });
  return made;
}

/** A new tensor, every element `value`. */
export function filled(device: Device, dtype: DType, shape: readonly number[], value: number | boolean): Tensor {
  return fillNew(makeTensor(device, dtype, shape), value);
}
