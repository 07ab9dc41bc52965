// What filling a tensor with random numbers in place is made of.

import { freeInternal } from '../dispatch.ts';
import { DTypeError } from '../errors.ts';
import { contiguousStrides, isFloat, sizeOf, type DType, type TypedArray } from '../kernel/index.ts';
import { wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { defaultGenerator } from './default-generator.ts';
import type { Generator } from './generator.ts';
import { upload } from './upload.ts';

export interface DrawOptions {
  readonly generator?: Generator;
}

type FloatDType = 'float16' | 'float32' | 'float64';
export const generatorOf = ({ generator }: DrawOptions): Generator => generator ?? defaultGenerator();

/** The dtype, if it can hold what is drawn. Throws DTypeError for integers. */
export function floatOf(op: string, dtype: DType): FloatDType {
  if (isFloat(dtype)) return dtype as FloatDType;
  throw new DTypeError(op, `it draws floats, not ${dtype}. Use a float tensor, or random_.`);
}

/** Writes drawn numbers, row-major, whatever the strides: through `copy_`, which also checks and counts the change. */
export function overwrite(x: Tensor, draw: (length: number) => TypedArray): Tensor {
  const storage = x.device.allocate(x.dtype, sizeOf(x.shape));
  upload(storage, draw);
  x.copy_(wrapStorage(storage, x.shape, contiguousStrides(x.shape)));
  freeInternal(storage);
  return x;
}
