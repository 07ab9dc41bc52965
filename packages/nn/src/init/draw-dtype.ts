import { DTypeError, isFloat, type Tensor } from '@rushlight/core';

/** In which arithmetic numbers for `w` are drawn on the host. Throws DTypeError for integers. */
export function drawDType(op: string, w: Tensor): 'float32' | 'float64' {
  if (!isFloat(w.dtype)) throw new DTypeError(op, `it draws floats, not ${w.dtype}. Use a float tensor.`);
  return w.dtype === 'float64' ? 'float64' : 'float32';
}
