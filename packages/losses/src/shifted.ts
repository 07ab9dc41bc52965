import type { LoopBuilder } from '@rushlight/core';
import { detach, exp, log, type Expr } from '@rushlight/core/kernel';

/** What a softmax over the columns is made of. */
export interface Shifted {
  /** x − max x, which changes no difference of logits. */
  readonly z: Expr;
  /** e^z. */
  readonly power: Expr;
  readonly sum: Expr;
  /** ln Σ e^z, so that −ln p = logSum − z, a sum of numbers ≥ 0. */
  readonly logSum: Expr;
}

export function shifted(k: LoopBuilder, x: Expr): Shifted {
  const z = x.sub(detach(k.max(x)));
  const power = exp(z);
  const sum = k.sum(power);
  return { z, power, sum, logSum: log(sum) };
}
