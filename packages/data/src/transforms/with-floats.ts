import { isFloat, type Tensor } from '@rushlight/core';

/** Computes in float32 what cannot be computed in the tensor's own dtype, and rounds what comes back to integers. */
export function withFloats(x: Tensor, compute: (floats: Tensor) => Tensor): Tensor {
  if (x.dtype === 'float32' || x.dtype === 'float64') return compute(x);
  const computed = compute(x.to('float32'));
  return (isFloat(x.dtype) || x.dtype === 'bool' ? computed : computed.round()).to(x.dtype);
}
