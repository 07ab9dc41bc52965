import { defaultGenerator, drawUniform, ValueError, type Tensor } from '@rushlight/core';
import { erfNumber } from '@rushlight/core/kernel';
import { write } from './fill.ts';
import { drawDType } from './draw-dtype.ts';

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

/** The x with erf(x) = y: a guess (S. Winitzki, 2008) that Halley's iteration makes exact. */
function erfInverse(y: number): number {
  if (Math.abs(y) >= 1) return Math.sign(y) * Infinity;
  const [l, c] = [Math.log1p(-y * y), 2 / (Math.PI * 0.147)];
  const half = c + l / 2;
  let x = Math.sign(y) * Math.sqrt(Math.max(0, Math.sqrt(half * half - l / 0.147) - half));
  for (let step = 0; step < 3; step++) {
    const newton = ((erfNumber(x) - y) * Math.sqrt(Math.PI)) / 2 / Math.exp(-x * x);
    x -= newton / (1 + x * newton);
  }
  return x;
}

/**
 * Normal, restricted to [a, b], by the inverse of its distribution. Throws ValueError unless std > 0 and a ≤ b.
 * torch.nn.init.trunc_normal_
 */
export function truncNormal_<T extends Tensor>(w: T, options: TruncNormalOptions = {}): T {
  const { mean = 0, std = 1, a = -2, b = 2 } = options;
  if (!(std > 0 && a <= b)) {
    throw new ValueError('truncNormal_', `std is ${std}, the range [${a}, ${b}]. Use std > 0 and a ≤ b.`);
  }
  const [low, high] = [a, b].map((x) => erfNumber((x - mean) / std / Math.SQRT2)) as [number, number];
  const drawn = drawUniform(defaultGenerator(), drawDType('truncNormal_', w), w.numel(), low, high);
  const values = Float64Array.from(drawn, (u) => Math.min(b, Math.max(a, erfInverse(u) * std * Math.SQRT2 + mean)));
  return write(w, values);
}
