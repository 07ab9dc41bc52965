// What the losses of triplets share: an anchor shall be nearer to what is like it than to what is not.

import { loopOp, minimum, runLoop, type DType, type Tensor } from '@rushlight/core';
import { floatType } from './float-operands.ts';
import { hinge } from './hinge.ts';
import { reduce, type Reduction } from './reduction.ts';

export type Triplet = readonly [anchor: Tensor, positive: Tensor, negative: Tensor];
export type DistanceFunction = (x1: Tensor, x2: Tensor) => Tensor;

const tripletHinge = loopOp('tripletMarginLoss', (k, dtype: DType) => {
  const [positive, negative] = [k.input(0).cast(dtype), k.input(1).cast(dtype)];
  k.perElement(hinge(k.scalar(dtype).add(positive).sub(negative)));
});

/** max(0, margin + d(a, p) − d(a, n)), or with `swap` less the smaller of d(a, n) and d(p, n). */
export function tripletHingeOf(
  [anchor, positive, negative]: Triplet,
  distance: DistanceFunction,
  { margin, swap, reduction }: { margin: number; swap: boolean; reduction: Reduction | undefined },
): Tensor {
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const inputs = [near, swap ? minimum(far, distance(positive, negative)) : far];
  const loop = tripletHinge(inputs, floatType('tripletMarginLoss', ...inputs));
  return reduce(runLoop(loop, inputs, { scalars: [margin] })[0] as Tensor, reduction);
}
