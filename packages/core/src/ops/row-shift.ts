import { abs, detach, select, type Expr } from '../kernel/index.ts';
import type { LoopBuilder } from './loop-spec.ts';

/** The row's largest, as a shift that keeps exponentials finite; 0 where it is infinite itself. It cancels: no derivative. */
export function rowShift(k: LoopBuilder, x: Expr): Expr {
  const top = k.max(x);
  return detach(select(abs(top).lt(Infinity), top, 0));
}
