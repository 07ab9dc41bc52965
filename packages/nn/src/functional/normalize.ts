import type { LoopBuilder } from '@rushlight/core';
import { constant, override, sqrt, type Expr } from '@rushlight/core/kernel';

export interface Normalized {
  readonly mean: Expr;
  /** Of the columns as they are: divided by their number. */
  readonly variance: Expr;
  /** (x − mean) / √(variance + ε) */
  readonly value: Expr;
}

/** Input 0 with mean 0 and variance 1 over the columns, in two passes. Takes two scalars: the number of columns and ε. */
export function normalize(k: LoopBuilder): Normalized {
  const x = k.input(0);
  const count = k.scalar(x.dtype);
  const eps = k.scalar(x.dtype);
  const mean = k.sum(x).div(count);
  const centred = x.sub(mean);
  // Through the mean nothing flows, since Σ (x − mean) is 0: said here, it spares the gradient a pass.
  const variance = k.sum(override(centred.square(), [[x, centred.mul(2)]])).div(count);
  return { mean, variance, value: centred.mul(constant(1, x.dtype).div(sqrt(variance.add(eps)))) };
}
