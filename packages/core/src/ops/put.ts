// Writing at positions of the flattened tensor, and reductions of whole slices.

import { ShapeError, ValueError, show } from '../errors.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { scatterReduce } from './gather-scatter.ts';
import { checkIndex, write } from './lookup.ts';
import { throughCopy } from './through-copy.ts';

export interface PutOptions {
  /** Add to what is there, instead of overwriting it. Default false. */
  readonly accumulate?: boolean;
}

function written(op: string, x: Tensor, index: Tensor, source: Tensor, { accumulate = false }: PutOptions): Tensor {
  checkIndex(op, index);
  if (index.numel() !== source.numel()) {
    throw new ShapeError(
      op,
      `the index has shape ${show(index.shape)}, the source ${show(source.shape)}. They need equally many elements.`,
    );
  }
  const lookup = { shape: [index.numel()], dims: [{ index: index.reshape([-1]), at: 0 }], wrap: true };
  const flat = write(op, x.reshape([-1]), lookup, source.reshape([-1]), accumulate ? 'add' : 'set', false);
  return flat.reshape(x.shape);
}

/**
 * A copy of x with `source` at positions of the flattened x; negative ones count from the end. Throws ValueError for a
 * position out of range. torch.put
 */
export function put(x: Tensor, index: Tensor, source: Tensor, options: PutOptions = {}): Tensor {
  return written('put', x, index, source, options);
}

/** `put` into x itself. torch.Tensor.put_ */
export function put_(x: Tensor, index: Tensor, source: Tensor, options: PutOptions = {}): Tensor {
  return throughCopy(x, [source], (copy) => written('put_', copy, index, source, options));
}

export interface IndexReduceOptions {
  /** Whether what is in x takes part. Default true. */
  readonly includeSelf?: boolean;
}

/** What `indexReduce` combines slices by. */
export type IndexReduction = 'prod' | 'mean' | 'amax' | 'amin';

const reductions: readonly IndexReduction[] = ['prod', 'mean', 'amax', 'amin'];

function reduced(
  op: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: IndexReduction,
  options: IndexReduceOptions,
): Tensor {
  if (!reductions.includes(reduce))
    throw new ValueError(op, `there is no reduction "${String(reduce)}". Use ${reductions.join(', ')}.`);
  checkIndex(op, index);
  const d = normaliseDim(op, dim, x.shape.length);
  const count = index.numel();
  const fits =
    index.shape.length <= 1 &&
    source.shape.length === x.shape.length &&
    source.shape.every((n, k) => n === (k === d ? count : x.shape[k]));
  if (!fits && x.shape.length > 0) {
    throw new ShapeError(
      op,
      `the index has shape ${show(index.shape)}, the source ${show(source.shape)}, the tensor ${show(x.shape)}. The index is a list with a position for each slice of the source, which else has the shape of the tensor.`,
    );
  }
  const along = index.reshape(source.shape.map((_, k) => (k === d ? count : 1))).expand(source.shape);
  return scatterReduce(x, dim, along, source, reduce, options);
}

/**
 * A copy of x whose slice index[k] of a dim is combined with source[k]: their product, mean, largest or smallest.
 * Throws ValueError for an index out of range. torch.index_reduce
 */
export function indexReduce(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: IndexReduction,
  options: IndexReduceOptions = {},
): Tensor {
  return reduced('indexReduce', x, dim, index, source, reduce, options);
}

/** `indexReduce` into x itself. torch.Tensor.index_reduce_ */
export function indexReduce_(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: IndexReduction,
  options: IndexReduceOptions = {},
): Tensor {
  return throughCopy(x, [source], (copy) => reduced('indexReduce_', copy, dim, index, source, reduce, options));
}
