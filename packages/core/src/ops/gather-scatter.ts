// Reading and writing along one dim, where each element has an index of its own.

import { autocasting } from '../autocast-mode.ts';
import { ShapeError, ValueError, show } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { atLeast1d, withoutDims } from './at-least-1d.ts';
import { checkIndex, read, write, type Lookup } from './lookup.ts';
import { scratch } from './scratch.ts';
import { scatterExtreme, scatterMean, scatterProduct, startWith, type ScatterReduction } from './scatter-reduction.ts';

/** The lookup of an index that has as many dims as `x`. */
function along(op: string, x: Tensor, dim: number, index: Tensor): Lookup {
  checkIndex(op, index);
  const d = normaliseDim(op, dim, x.shape.length);
  const fits = index.shape.length === x.shape.length && index.shape.every((n, k) => k === d || n <= (x.shape[k] ?? 0));
  if (!fits) {
    throw new ShapeError(
      op,
      `the index has shape ${show(index.shape)}, the tensor ${show(x.shape)}. They need the same number of dims, and but for dim ${d} the index may not be larger.`,
    );
  }
  return { shape: index.shape, dims: x.shape.map((_, k) => (k === d ? { index, at: 0 } : k)), wrap: false };
}

/** out[i][j][k] = x[i][index[i][j][k]][k] for dim 1. Throws ValueError for an index out of range. torch.gather */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  const [self, chosen] = [atLeast1d(x), atLeast1d(index)];
  return withoutDims(read('gather', self, along('gather', self, dim, chosen)), index);
}

export interface ScatterOptions {
  /** Combine with what is there, instead of overwriting it. */
  readonly reduce?: 'add' | 'multiply';
}

interface Scatter {
  readonly self: Tensor;
  readonly lookup: Lookup;
  /** As large as the index, or a number. */
  readonly source: Tensor | number;
}

function prepare(op: string, x: Tensor, dim: number, index: Tensor, src: Tensor | number): Scatter {
  const self = atLeast1d(x);
  const lookup = along(op, self, dim, atLeast1d(index));
  if (typeof src === 'number') return { self, lookup, source: src };
  const given = atLeast1d(src);
  if (given.shape.length !== lookup.shape.length || lookup.shape.some((n, k) => n > (given.shape[k] ?? 0))) {
    throw new ShapeError(
      op,
      `the source has shape ${show(src.shape)}, the index ${show(index.shape)}. The source needs a value for each index.`,
    );
  }
  return { self, lookup, source: lookup.shape.reduce((part, n, k) => part.narrow(k, 0, n), given) };
}

function put(
  op: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | number,
  reduce: 'set' | 'add',
  inplace: boolean,
): Tensor {
  const { self, lookup, source } = prepare(op, x, dim, index, src);
  const result = write(op, self, lookup, source, reduce, inplace);
  return inplace ? x : withoutDims(result, x);
}

/**
 * A copy of x with out[i][index[i][j][k]][k] = src[i][j][k] for dim 1; `src` may be a number. Where indices repeat, the
 * last one stays. Throws ValueError for an index out of range. torch.scatter
 */
export function scatter(
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | number,
  { reduce }: ScatterOptions = {},
): Tensor {
  if (reduce === 'multiply') return reduced('scatter', x, dim, index, src, 'prod', true);
  return put('scatter', x, dim, index, src, reduce === 'add' ? 'add' : 'set', false);
}

/** `scatter` into x itself. torch.Tensor.scatter_ */
export function scatter_(
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | number,
  { reduce }: ScatterOptions = {},
): Tensor {
  if (reduce === 'multiply') return reduced_('scatter_', x, dim, index, src, 'prod', true);
  return put('scatter_', x, dim, index, src, reduce === 'add' ? 'add' : 'set', true);
}

/** A copy of x with src[i][j][k] added to out[i][index[i][j][k]][k] for dim 1. torch.scatter_add */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('scatterAdd', scatterAdd, [x, dim, index, src]);
  return put('scatterAdd', x, dim, index, src, 'add', false);
}

/** `scatterAdd` into x itself. torch.Tensor.scatter_add_ */
export function scatterAdd_(x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  return put('scatterAdd_', x, dim, index, src, 'add', true);
}

export interface ScatterReduceOptions {
  /** Whether what is in x takes part. Default true. */
  readonly includeSelf?: boolean;
}

const reductions: readonly ScatterReduction[] = ['sum', 'prod', 'mean', 'amax', 'amin'];

type Rest = [dim: number, index: Tensor, src: Tensor | number, reduce: ScatterReduction, includeSelf: boolean];

function reduced(op: string, x: Tensor, ...[dim, index, src, reduce, includeSelf]: Rest): Tensor {
  if (!reductions.includes(reduce))
    throw new ValueError(op, `there is no reduction "${String(reduce)}". Use ${reductions.join(', ')}.`);
  const { self, lookup, source } = prepare(op, x, dim, index, src);
  return scratch(isTensor(src) ? [x, src] : [x], () => {
    const start = includeSelf ? self : startWith(op, self, lookup, reduce);
    const given = typeof source === 'number' ? self.filled(source, []) : source;
    const result =
      reduce === 'prod'
        ? scatterProduct(op, start, lookup, given)
        : reduce === 'amax' || reduce === 'amin'
          ? scatterExtreme(op, start, lookup, given, reduce)
          : write(op, start, lookup, given, 'add', false);
    return withoutDims(reduce === 'mean' ? scatterMean(result, lookup, includeSelf) : result, x);
  });
}

/** The same in x itself, whose old value the gradient reads from a copy. */
function reduced_(op: string, x: Tensor, ...rest: Rest): Tensor {
  const [, , src] = rest;
  return scratch(isTensor(src) ? [x, src] : [x], () => x.copy_(reduced(op, x.clone(), ...rest)));
}

/**
 * Reduces all src elements that one element of x is told to take, x's own included unless `includeSelf` is false. Equal
 * ones share the gradient of amax and amin; the mean of integers is rounded down. torch.scatter_reduce
 */
export function scatterReduce(
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: ScatterReduction,
  { includeSelf = true }: ScatterReduceOptions = {},
): Tensor {
  return reduced('scatterReduce', x, dim, index, src, reduce, includeSelf);
}

/** `scatterReduce` into x itself. torch.Tensor.scatter_reduce_ */
export function scatterReduce_(
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: ScatterReduction,
  { includeSelf = true }: ScatterReduceOptions = {},
): Tensor {
  return reduced_('scatterReduce_', x, dim, index, src, reduce, includeSelf);
}
