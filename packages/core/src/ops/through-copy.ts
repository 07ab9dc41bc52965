import { outsideAutocast } from '../autocast-mode.ts';
import type { Tensor } from '../tensor.ts';
import { scratch } from './scratch.ts';

/** Writes into x what `compute` makes of a copy of it: for operations that need all of x before they write any of it. */
export function throughCopy(x: Tensor, others: readonly Tensor[], compute: (copy: Tensor) => Tensor): Tensor {
  return scratch([x, ...others], () => x.copy_(outsideAutocast(() => compute(x.clone()))));
}
