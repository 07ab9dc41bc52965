// Order along a dim. Sorting gives values and where they were; everything else here looks up what it says.

import { ShapeError, show } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { dispatch, freeInternal } from '../dispatch.ts';
import { program, sizeOf, type OperandType, type SortProgram } from '../kernel/index.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { alongLast, recordRead } from './along-last.ts';
import { atLeast1d, withoutDims } from './at-least-1d.ts';
import { gather } from './gather-scatter.ts';
import { lowerSort } from './lower-sort.ts';
import { programMemo } from './program-memo.ts';
import { argmax, type ReductionOptions, type ValuesAndIndices } from './reduction.ts';
import { splitDim } from './split-dim.ts';
import { where } from './where.ts';

const sortProgram = programMemo<SortProgram, [rank: number, descending: boolean]>((operands, rank, descending) => {
  const [input, values, positions] = operands as [OperandType, OperandType, OperandType];
  return program<SortProgram>({ kind: 'sort', rank, descending, input, outputs: [values, positions] });
});

/** Sorted values and the positions they come from, of a tensor of at least one dim. */
function run(x: Tensor, d: number, descending: boolean): ValuesAndIndices {
  const { outputs, launch } = alongLast(x, d, [x.dtype, 'int32']);
  const [values, indices] = outputs as [Tensor, Tensor];
  if (!launch) return { values, indices };
  const { sizes, operands, types } = launch;
  dispatch({
    device: x.device,
    program: sortProgram(types, sizes.length, descending),
    lower: lowerSort,
    sizes,
    operands,
    scalars: [],
  });
  return { values, indices };
}

export interface SortOptions {
  readonly descending?: boolean;
  /** Equal values keep their order, whether asked for or not. */
  readonly stable?: boolean;
}

/** The values along a dim in rising order, and where they were (int32). NaN is greater than every number. torch.sort */
export function sort(x: Tensor, dim?: number | SortOptions, options?: SortOptions): ValuesAndIndices {
  const [at = -1, { descending = false } = {}] = splitDim<number, SortOptions>(dim, options);
  const d = normaliseDim('sort', at, x.shape.length);
  const self = atLeast1d(x);
  const { values, indices } = run(self.detach(), d, descending);
  recordRead('sort', self, d, values, indices);
  return { values: withoutDims(values, x), indices: withoutDims(indices, x) };
}

/** Where the values of `sort` come from. torch.argsort */
export function argsort(x: Tensor, dim?: number | SortOptions, options?: SortOptions): Tensor {
  return sort(x.detach(), dim, options).indices;
}

/** The values sorted along the first dim. torch.msort */
export function msort(x: Tensor): Tensor {
  return sort(x, 0).values;
}

export interface TopkOptions {
  /** The smallest instead of the largest. */
  readonly largest?: boolean;
  /** The result is sorted, whether asked for or not. */
  readonly sorted?: boolean;
}

/** The k largest along a dim, largest first, and where they are. Throws ShapeError for k beyond the size. torch.topk */
export function topk(x: Tensor, k: number, dim?: number | TopkOptions, options?: TopkOptions): ValuesAndIndices {
  const [at = -1, { largest = true } = {}] = splitDim<number, TopkOptions>(dim, options);
  const d = normaliseDim('topk', at, x.shape.length);
  const self = atLeast1d(x);
  const n = self.shape[d] ?? 1;
  if (!Number.isInteger(k) || k < 0 || k > n)
    throw new ShapeError('topk', `there are no ${k} elements along dim ${at} of ${show(x.shape)}. Use 0 … ${n}.`);
  const indices = tidy(() => run(self.detach(), d, largest).indices.narrow(d, 0, k).clone());
  const values = gather(self, d, indices);
  return k === 1 ? { values: withoutDims(values, x), indices: withoutDims(indices, x) } : { values, indices };
}

/** The elements of `x` at one position each along a dim. */
function pick(x: Tensor, d: number, at: Tensor, keepdim: boolean): ValuesAndIndices {
  const values = gather(atLeast1d(x), d, at);
  if (x.shape.length === 0) return { values: withoutDims(values, x), indices: withoutDims(at, x) };
  return keepdim ? { values, indices: at } : { values: values.squeeze(d), indices: at.squeeze(d) };
}

/** The k-th smallest along a dim, counted from 1, and where it is. torch.kthvalue */
export function kthvalue(
  x: Tensor,
  k: number,
  dim?: number | ReductionOptions,
  options?: ReductionOptions,
): ValuesAndIndices {
  const [at = -1, { keepdim = false } = {}] = splitDim<number, ReductionOptions>(dim, options);
  const d = normaliseDim('kthvalue', at, x.shape.length);
  const self = atLeast1d(x);
  const n = self.shape[d] ?? 1;
  if (!Number.isInteger(k) || k < 1 || k > n)
    throw new ShapeError('kthvalue', `there is no element ${k} along dim ${at} of ${show(x.shape)}. Use 1 … ${n}.`);
  return pick(
    x,
    d,
    tidy(() =>
      run(self.detach(), d, false)
        .indices.narrow(d, k - 1, 1)
        .clone(),
    ),
    keepdim,
  );
}

/** The lower of the middle elements of all; equal ones share the gradient. */
function medianOfAll(x: Tensor): Tensor {
  if (sizeOf(x.shape) === 0) return x.filled(NaN, []);
  const { values: value, indices } = median(x.detach().reshape([-1]), 0);
  freeInternal(indices.storage);
  if (needsGraph([x])) {
    const node = recordNode('median', [x], [value], ([grad], context) => {
      const self = context.saved(0);
      const hit = self.eq(context.saved(1)).logicalOr(self.isnan());
      return [grad && hit.mul(grad.div(hit.sum()))];
    }, { saved: [x] }); // prettier-ignore
    node.save(value);
  }
  return value;
}

/**
 * The lower of the middle elements along a dim and where it is, or of all; NaN if there is one, the first of several.
 * torch.median
 */
export function median(x: Tensor): Tensor;
export function median(x: Tensor, dim: number, options?: ReductionOptions): ValuesAndIndices;
export function median(x: Tensor, dim?: number, options: ReductionOptions = {}): Tensor | ValuesAndIndices {
  if (dim === undefined) return medianOfAll(x);
  const d = normaliseDim('median', dim, x.shape.length);
  const self = atLeast1d(x);
  const n = self.shape[d] ?? 1;
  if (n === 0) throw new ShapeError('median', `dim ${dim} of ${show(x.shape)} has no elements. Give it at least one.`);
  const at = tidy(() => {
    const { values, indices } = run(self.detach(), d, false);
    const firstNaN = argmax(self.isnan(), d, { keepdim: true });
    return where(values.narrow(d, n - 1, 1).isnan(), firstNaN, indices.narrow(d, (n - 1) >> 1, 1));
  });
  return pick(x, d, at, options.keepdim ?? false);
}
