// Element-wise sums of three operands: each line is the operation.

import { abs as absolute, select } from '../kernel/index.ts';
import { ternary } from './elementwise-op.ts';
import { float, one } from './formulas.ts';

/** start + weight·(end − start). torch.lerp */
export const lerp = ternary('lerp', (x, end, w) => {
  const near = x.add(w.mul(end.sub(x)));
  return select(absolute(w).lt(0.5), near, end.sub(end.sub(x).mul(one(w).sub(w))));
}, float); // prettier-ignore
/** x + value·a·b. torch.addcmul */
export const addcmul = ternary('addcmul', (x, a, b, { value }) => x.add(a.mul(b).mul(value)), {
  options: { value: 1 },
});
/** x + value·a/b. torch.addcdiv */
export const addcdiv = ternary('addcdiv', (x, a, b, { value }) => x.add(a.div(b).mul(value)), {
  ...float,
  options: { value: 1 },
});
