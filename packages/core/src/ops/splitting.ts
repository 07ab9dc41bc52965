// Taking apart into views, as NumPy names it.

import { ShapeError, show } from '../errors.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { slice, split } from './view.ts';

/**
 * As many pieces along a dim as asked for, the first ones larger by 1 where it does not come out even; or the pieces between
 * the given positions, which may be negative or beyond the end. Throws ShapeError for less than one piece. torch.tensor_split
 */
export function tensorSplit(x: Tensor, indicesOrSections: number | readonly number[], dim = 0): Tensor[] {
  if (x.shape.length === 0)
    throw new ShapeError('tensorSplit', 'a 0-dim tensor has no dim to split. Give it one with reshape([1]).');
  const d = normaliseDim('tensorSplit', dim, x.shape.length);
  const n = x.shape[d] ?? 0;
  if (typeof indicesOrSections === 'number') {
    const count = indicesOrSections;
    if (!Number.isInteger(count) || count < 1)
      throw new ShapeError('tensorSplit', `${count} pieces cannot be made. Use a positive integer.`);
    const [size, larger] = [Math.floor(n / count), n % count];
    return split(
      x,
      Array.from({ length: count }, (_, k) => size + Number(k < larger)),
      d,
    );
  }
  const ends = [...indicesOrSections, n];
  return ends.map((end, k) => slice(x, d, k === 0 ? 0 : (ends[k - 1] ?? 0), end));
}

function even(op: string, x: Tensor, pieces: number | readonly number[], dim: number, rank: number): Tensor[] {
  if (x.shape.length < rank) {
    throw new ShapeError(op, `it takes at least ${rank} dims, not shape ${show(x.shape)}. Add some with unsqueeze.`);
  }
  const n = x.shape[dim] ?? 0;
  if (typeof pieces === 'number' && (pieces < 1 || n % pieces !== 0)) {
    throw new ShapeError(
      op,
      `dim ${dim} of size ${n} does not come apart into ${pieces} equal pieces. Use a divisor, or tensorSplit.`,
    );
  }
  return tensorSplit(x, pieces, dim);
}

/**
 * Equal pieces side by side, or the pieces between given positions: along dim 1, or 0 of vectors. Throws ShapeError for 0-dim
 * tensors and for a number that does not divide the dim. torch.hsplit
 */
export function hsplit(x: Tensor, indicesOrSections: number | readonly number[]): Tensor[] {
  return even('hsplit', x, indicesOrSections, x.shape.length === 1 ? 0 : 1, 1);
}

/** The same from top to bottom, along dim 0 of at least 2. torch.vsplit */
export function vsplit(x: Tensor, indicesOrSections: number | readonly number[]): Tensor[] {
  return even('vsplit', x, indicesOrSections, 0, 2);
}

/** The same from front to back, along dim 2 of at least 3. torch.dsplit */
export function dsplit(x: Tensor, indicesOrSections: number | readonly number[]): Tensor[] {
  return even('dsplit', x, indicesOrSections, 2, 3);
}

/** Pieces of the given sizes along a dim. torch.Tensor.split_with_sizes */
export function splitWithSizes(x: Tensor, sizes: readonly number[], dim = 0): Tensor[] {
  return split(x, sizes, dim);
}
