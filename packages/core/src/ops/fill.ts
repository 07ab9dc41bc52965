// Making a tensor of one value.

import type { Device } from '../device.ts';
import type { DType } from '../kernel/index.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';

const fullOp = loopOp('full', (k, dtype: DType) => k.perElement(k.scalar(dtype)));

/** A new tensor, every element `value`. */
export function filled(device: Device, dtype: DType, shape: readonly number[], value: number | boolean): Tensor {
  const made = makeTensor(device, dtype, shape);
  const number = dtype === 'bool' ? Number(Boolean(value)) : Number(value);
  runLoop(fullOp([], dtype), [], { out: [made], shape, scalars: [number] });
  return made;
}
