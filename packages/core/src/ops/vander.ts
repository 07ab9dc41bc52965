// The matrix of powers.

import { ShapeError, show, ValueError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { cat } from './join.ts';
import { flip } from './pad.ts';
import { cumprod } from './scan.ts';
import { scratch } from './scratch.ts';

export interface VanderOptions {
  /** How many columns. Default: as many as x has elements. */
  readonly N?: number;
  /** Powers 0, 1, … from left to right instead of from right to left. Default false. */
  readonly increasing?: boolean;
}

/** Vandermonde's matrix [n, N] of a vector: xᵢ^(N − 1 − j), or xᵢ^j if `increasing`. torch.vander */
export function vander(x: Tensor, { N: width, increasing = false }: VanderOptions = {}): Tensor {
  if (x.shape.length !== 1) throw new ShapeError('vander', `it takes a vector, not ${show(x.shape)}. Flatten it.`);
  const [n = 0] = x.shape;
  const columns = width ?? n;
  if (!Number.isInteger(columns) || columns < 0)
    throw new ValueError('vander', `N is ${columns}. Use a whole number from 0 on.`);
  return scratch([x], () => {
    const powers = cumprod(x.unsqueeze(1).expand([n, Math.max(0, columns - 1)]), 1);
    const whole = columns === 0 ? powers : cat([powers.filled(1, [n, 1]), powers], 1);
    return increasing ? whole : flip(whole, 1);
  });
}
