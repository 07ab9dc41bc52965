// Views and turned copies under the names that NumPy users know, and shapes fitted to those of other tensors.

import { ShapeError, show } from '../errors.ts';
import { broadcastShapes, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { toDType } from './cast.ts';
import { clone } from './copy.ts';
import { sumTo } from './loop.ts';
import { flip } from './pad.ts';
import { movedim, narrow, reshape, transpose } from './view.ts';

/** `movedim`. torch.moveaxis */
export function moveaxis(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  return movedim(x, source, destination);
}

/** `transpose`. torch.swapaxes */
export function swapaxes(x: Tensor, axis0: number, axis1: number): Tensor {
  return transpose(x, axis0, axis1);
}

/** `transpose`. torch.swapdims */
export function swapdims(x: Tensor, dim0: number, dim1: number): Tensor {
  return transpose(x, dim0, dim1);
}

/** The last two dims exchanged: for real numbers all that the adjoint is. Throws ShapeError for vectors. torch.adjoint */
export function adjoint(x: Tensor): Tensor {
  if (x.shape.length < 2)
    throw new ShapeError('adjoint', `it takes matrices, not shape ${show(x.shape)}. Give it at least 2 dims.`);
  return transpose(x, -2, -1);
}

/** One dim with all elements: a view where possible, a copy elsewhere. torch.ravel */
export function ravel(x: Tensor): Tensor {
  return reshape(x, [-1]);
}

/** Columns in reverse order. Throws ShapeError below 2 dims. torch.fliplr */
export function fliplr(x: Tensor): Tensor {
  if (x.shape.length < 2)
    throw new ShapeError('fliplr', `it takes at least 2 dims, not shape ${show(x.shape)}. Use flip.`);
  return flip(x, 1);
}

/** Rows in reverse order. Throws ShapeError for 0-dim tensors. torch.flipud */
export function flipud(x: Tensor): Tensor {
  if (x.shape.length < 1) throw new ShapeError('flipud', 'a 0-dim tensor has no rows. Give it at least 1 dim.');
  return flip(x, 0);
}

/** `narrow`, in memory of its own. torch.narrow_copy */
export function narrowCopy(x: Tensor, dim: number, start: number, length: number): Tensor {
  return clone(narrow(x, dim, start, length));
}

/** Sums over what makes `x` larger than a shape that expands to its own. Throws ShapeError for others. torch.Tensor.sum_to_size */
export function sumToSize(x: Tensor, shape: readonly number[]): Tensor {
  if (shape.length > x.shape.length || !sameShape(broadcastShapes('sumToSize', [shape, x.shape]), x.shape)) {
    throw new ShapeError(
      'sumToSize',
      `shape ${show(shape)} does not expand to ${show(x.shape)}, which is to be summed to it. Each size must be equal or 1.`,
    );
  }
  return sumTo(x, shape);
}

/** `x` converted to the dtype of another. torch.Tensor.type_as */
export function typeAs(x: Tensor, other: Tensor): Tensor {
  return toDType(x, other.dtype);
}

/** `x` itself: real numbers are their own conjugates. torch.conj */
export function conj(x: Tensor): Tensor {
  return x;
}

/** `x` itself: it has no imaginary part. torch.real */
export function real(x: Tensor): Tensor {
  return x;
}
