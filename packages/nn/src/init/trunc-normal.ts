import { applyInplace, erfinv, noGrad, ValueError, type Tensor } from '@rushlight/core';
import { erfNumber } from '@rushlight/core/kernel';
import { isInitSkipped } from './skipped.ts';

export interface TruncNormalOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Default 1. */
  readonly std?: number;
  /** The smallest value. Default −2. */
  readonly a?: number;
  /** The largest value. Default 2. */
  readonly b?: number;
}

/**
 * Normal, restricted to [a, b]: uniform between the ends' places in the distribution, through its inverse. Throws ValueError
 * unless std > 0 and a ≤ b. torch.nn.init.trunc_normal_
 */
export function truncNormal_<T extends Tensor>(w: T, options: TruncNormalOptions = {}): T {
  const { mean = 0, std = 1, a = -2, b = 2 } = options;
  if (!(std > 0 && a <= b)) {
    throw new ValueError('truncNormal_', `std is ${std}, the range [${a}, ${b}]. Use std > 0 and a ≤ b.`);
  }
  if (isInitSkipped()) return w;
  const scale = std * Math.SQRT2;
  const [from, to] = [a, b].map((x) => erfNumber((x - mean) / scale)) as [number, number];
  noGrad(() => applyInplace(erfinv, w.uniform_({ from, to })).mul_(scale).add_(mean).clamp_({ min: a, max: b }));
  return w;
}
