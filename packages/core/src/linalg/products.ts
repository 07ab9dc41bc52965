// Products and arrangements of vectors, with the dims that torch.linalg gives them.

import { ShapeError, show, ValueError } from '../errors.ts';
import { cat } from '../ops/join.ts';
import { cumprod } from '../ops/scan.ts';
import { scratch } from '../ops/scratch.ts';
import { cross as crossOf } from '../ops/vector-products.ts';
import { diagonal as diagonalOf, type DiagonalOptions } from '../ops/windowed-views.ts';
import type { Tensor } from '../tensor.ts';

/** x × y along a dim of size 3, the last unless given; the other dims broadcast. torch.linalg.cross */
export function cross(x: Tensor, y: Tensor, dim = -1): Tensor {
  return crossOf(x, y, dim);
}

/** Σ x·y along a dim, the last unless given; the other dims broadcast. torch.linalg.vecdot */
export function vecdot(x: Tensor, y: Tensor, dim = -1): Tensor {
  const [m, n] = [x.shape.at(dim), y.shape.at(dim)];
  if (m !== n || m === undefined)
    throw new ShapeError('vecdot', `dim ${dim} has sizes ${m ?? 'none'} and ${n ?? 'none'} in ${show(x.shape)} and ${show(y.shape)}. They must be equal.`); // prettier-ignore
  return scratch([x, y], () => x.mul(y).sum(dim));
}

/** The diagonals of matrices, the last two dims unless given, as the last dim. torch.linalg.diagonal */
export function diagonal(x: Tensor, { offset = 0, dim1 = -2, dim2 = -1 }: DiagonalOptions = {}): Tensor {
  return diagonalOf(x, { offset, dim1, dim2 });
}

export interface VanderOptions {
  /** How many columns. Default: as many as a vector has elements. */
  readonly N?: number;
}

/** Vandermonde's matrices [*, n, N] of vectors [*, n]: xᵢ^j. Throws ValueError for fewer than two columns. torch.linalg.vander */
export function vander(x: Tensor, { N: columns = x.shape.at(-1) ?? 1 }: VanderOptions = {}): Tensor {
  if (!Number.isInteger(columns) || columns < 2)
    throw new ValueError('vander', `there would be ${columns} columns for ${show(x.shape)}. Use a whole N from 2 on.`);
  return scratch([x], () => {
    const powers = cumprod(x.unsqueeze(-1).expand([...x.shape, columns - 1]), -1);
    return cat([powers.filled(1, [...x.shape, 1]), powers], -1);
  });
}
