import { constant, maximum, override, select, type Expr } from '@rushlight/core/kernel';

/** max(z, 0), whose derivative at 0 is 1, as that of PyTorch's `clamp_min` is. */
export function hinge(z: Expr): Expr {
  return override(maximum(z, 0), [[z, select(z.ge(0), constant(1, z.dtype), 0)]]);
}
