// Converting between dtypes.

import { isDType, type DType } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';

export const castOp = loopOp('toCopy', (k, dtype: DType) => k.perElement(k.input(0).cast(dtype)));

/** `x` converted to a dtype; `x` itself if it has it. torch.Tensor.to */
export function toDType(x: Tensor, dtype: DType): Tensor {
  if (!isDType(dtype)) throw new TypeError(`to: there is no dtype "${String(dtype)}".`);
  return x.dtype === dtype ? x : (runLoop(castOp([x], dtype), [x])[0] as Tensor);
}
