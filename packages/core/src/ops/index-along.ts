// Reading and writing whole slices of one dim, by a list of their positions.

import { ShapeError, show } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { broadcastShapes, normaliseDim, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { atLeast1d, withoutDims } from './at-least-1d.ts';
import { gather } from './gather-scatter.ts';
import { checkIndex, read, write, type Lookup } from './lookup.ts';

interface Slices {
  readonly self: Tensor;
  readonly lookup: Lookup;
}

/** The slices of `x` along a dim that an index of at most one dim names. */
function slices(op: string, x: Tensor, dim: number, index: Tensor, wrap = false): Slices {
  checkIndex(op, index);
  if (index.shape.length > 1) {
    throw new ShapeError(op, `the index has shape ${show(index.shape)}. It must be a list: flatten it, or use gather.`);
  }
  const self = atLeast1d(x);
  const at = normaliseDim(op, dim, x.shape.length);
  const list = atLeast1d(index);
  const shape = self.shape.with(at, list.shape[0] ?? 0);
  return { self, lookup: { shape, dims: shape.map((_, d) => (d === at ? { index: list, at } : d)), wrap } };
}

/** The slices x[…, index[k], …] of a dim, one after another, in memory of their own. torch.index_select */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  const { self, lookup } = slices('indexSelect', x, dim, index);
  return withoutDims(read('indexSelect', self, lookup), x);
}

function put(
  op: string,
  x: Tensor,
  { self, lookup }: Slices,
  source: Tensor,
  reduce: 'set' | 'add',
  inplace: boolean,
): Tensor {
  const given = x.shape.length === 0 ? source.reshape([-1]) : source;
  if (!sameShape(given.shape, lookup.shape)) {
    throw new ShapeError(
      op,
      `the source has shape ${show(source.shape)}, ${show(lookup.shape)} is written. They must be equal.`,
    );
  }
  const result = write(op, self, lookup, given, reduce, inplace);
  return inplace ? x : withoutDims(result, x);
}

export interface IndexAddOptions {
  /** A factor for the source. Default 1. */
  readonly alpha?: number;
}

function add(
  op: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  { alpha = 1 }: IndexAddOptions,
): Tensor {
  const scaled = alpha === 1 ? source : source.mul(alpha);
  return put(op, x, slices(op, x, dim, index), scaled, 'add', op.endsWith('_'));
}

/** A copy of x with alpha·source[k] added to slice index[k] of a dim. torch.index_add */
export function indexAdd(x: Tensor, dim: number, index: Tensor, source: Tensor, options: IndexAddOptions = {}): Tensor {
  return add('indexAdd', x, dim, index, source, options);
}

/** `indexAdd` into x itself. torch.Tensor.index_add_ */
export function indexAdd_(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: IndexAddOptions = {},
): Tensor {
  return add('indexAdd_', x, dim, index, source, options);
}

/** A copy of x with slice index[k] of a dim overwritten by source[k]. torch.index_copy */
export function indexCopy(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  return put('indexCopy', x, slices('indexCopy', x, dim, index), source, 'set', false);
}

/** `indexCopy` into x itself. torch.Tensor.index_copy_ */
export function indexCopy_(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  return put('indexCopy_', x, slices('indexCopy_', x, dim, index), source, 'set', true);
}

function fill(op: string, x: Tensor, dim: number, index: Tensor, value: Tensor | number): Tensor {
  const { self, lookup } = slices(op, x, dim, index, true);
  if (isTensor(value) && value.shape.length > 0)
    throw new ShapeError(op, `the value has shape ${show(value.shape)}. It must be a number or a 0-dim tensor.`);
  const source = isTensor(value) ? value.to(x.dtype) : value;
  const result = write(op, self, lookup, source, 'set', op.endsWith('_'));
  return op.endsWith('_') ? x : withoutDims(result, x);
}

/** A copy of x with the named slices of a dim set to a value; negative indices count from the end. torch.index_fill */
export function indexFill(x: Tensor, dim: number, index: Tensor, value: Tensor | number): Tensor {
  return fill('indexFill', x, dim, index, value);
}

/** `indexFill` in x itself. torch.Tensor.index_fill_ */
export function indexFill_(x: Tensor, dim: number, index: Tensor, value: Tensor | number): Tensor {
  return fill('indexFill_', x, dim, index, value);
}

/** The elements at positions of the flattened x, in the shape of the index; negative ones count from the end. torch.take */
export function take(x: Tensor, index: Tensor): Tensor {
  checkIndex('take', index);
  return read('take', x.reshape([-1]), { shape: index.shape, dims: [{ index, at: 0 }], wrap: true });
}

/** `gather` with x and the indices broadcast over the other dims; without a dim on both flattened. torch.take_along_dim */
export function takeAlongDim(x: Tensor, indices: Tensor, dim?: number): Tensor {
  checkIndex('takeAlongDim', indices);
  if (dim === undefined) return gather(x.reshape([-1]), 0, indices.reshape([-1]));
  const d = normaliseDim('takeAlongDim', dim, x.shape.length);
  if (x.shape.length !== indices.shape.length) {
    throw new ShapeError(
      'takeAlongDim',
      `the indices have shape ${show(indices.shape)}, the tensor ${show(x.shape)}. They need the same number of dims.`,
    );
  }
  const one = (y: Tensor): number[] => y.shape.with(d, 1);
  const common = broadcastShapes('takeAlongDim', [one(x), one(indices)]);
  const spread = (y: Tensor): Tensor => y.expand(common.with(d, y.shape[d] ?? 0));
  return gather(spread(x), d, spread(indices));
}
