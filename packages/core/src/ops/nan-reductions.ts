// Reductions of the numbers among what may be NaN.

import { DTypeError, ShapeError, show } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { isFloat, override, select, type DType, type Expr } from '../kernel/index.ts';
import { normaliseDim, normaliseDims } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { atLeast1d } from './at-least-1d.ts';
import { gather } from './gather-scatter.ts';
import { loopOp, runLoop } from './loop.ts';
import { sum, type Dims, type ReductionOptions, type SumOptions, type ValuesAndIndices } from './reduction.ts';
import { median, sort } from './sort.ts';
import { splitDim } from './split-dim.ts';

/** 1 for a number, 0 for NaN. */
const counts = (x: Expr): Expr => x.isNaN().not().cast(x.dtype);
const numberOrZero = (x: Expr): Expr => override(select(x.isNaN(), 0, x), [[x, counts(x)]]);

const nansumOp = loopOp('nansum', (k, dtype: DType) => k.perRow(k.sum(numberOrZero(k.input(0).cast(dtype)))));
const nanmeanOp = loopOp('nanmean', (k, dtype: DType) => {
  const x = k.input(0).cast(dtype);
  k.perRow(k.sum(numberOrZero(x)).div(k.sum(counts(x))));
});
const validOp = loopOp('countNumbers', (k) => k.perRow(k.sum(k.input(0).isNaN().not().cast('int32'))));

/** How many along the last dim are no NaN, int32, with the dim kept. */
export function countNumbers(x: Tensor): Tensor {
  const inputs = [x.detach()];
  return runLoop(validOp(inputs), inputs, { columns: [x.shape.length - 1], keepdim: true })[0] as Tensor;
}

/** Σ x over the dims, NaN taken as 0. torch.nansum */
export function nansum(x: Tensor, dim?: Dims | SumOptions, options?: SumOptions): Tensor {
  const [dims, { keepdim = false, dtype = x.dtype } = {}] = splitDim<Dims, SumOptions>(dim, options);
  if (!isFloat(x.dtype)) return sum(x, dim, options);
  const columns = normaliseDims('nansum', dims, x.shape.length);
  return runLoop(nansumOp([x], dtype), [x], { columns, keepdim })[0] as Tensor;
}

/** The mean over the dims of what is not NaN; NaN where there is nothing else. Throws DTypeError for integers. torch.nanmean */
export function nanmean(x: Tensor, dim?: Dims | SumOptions, options?: SumOptions): Tensor {
  const [dims, { keepdim = false, dtype = x.dtype } = {}] = splitDim<Dims, SumOptions>(dim, options);
  for (const one of [x.dtype, dtype])
    if (!isFloat(one))
      throw new DTypeError('nanmean', `it is defined for floats, not ${one}. Convert with \`.to('float32')\`.`);
  const columns = normaliseDims('nanmean', dims, x.shape.length);
  return runLoop(nanmeanOp([x], dtype), [x], { columns, keepdim })[0] as Tensor;
}

function ofAll(x: Tensor): Tensor {
  if (!isFloat(x.dtype)) return median(x);
  if (x.numel() === 0) return x.filled(NaN, []);
  const value = tidy(() => nanmedian(x.detach().reshape([-1]), 0).values);
  if (needsGraph([x])) {
    const node = recordNode('nanmedian', [x], [value], ([grad], context) => {
      const [self, middle] = [context.saved(0).detach(), context.saved(1).detach()];
      const hit = self.eq(middle).logicalOr(middle.isnan());
      return [grad && hit.mul(grad.div(hit.sum()))];
    }, { saved: [x] }); // prettier-ignore
    node.save(value);
  }
  return value;
}

/**
 * The lower of the middle elements along a dim that are not NaN, and where it is; or of all, where equal ones share the gradient.
 * NaN if there is nothing else. Throws ShapeError for a dim without elements. torch.nanmedian
 */
export function nanmedian(x: Tensor): Tensor;
export function nanmedian(x: Tensor, dim: number, options?: ReductionOptions): ValuesAndIndices;
export function nanmedian(
  x: Tensor,
  dim?: number,
  { keepdim = false }: ReductionOptions = {},
): Tensor | ValuesAndIndices {
  if (dim === undefined) return ofAll(x);
  if (!isFloat(x.dtype) || x.shape.length === 0) return median(x, dim, { keepdim });
  const d = normaliseDim('nanmedian', dim, x.shape.length);
  if (x.shape[d] === 0)
    throw new ShapeError('nanmedian', `dim ${dim} of ${show(x.shape)} has no elements. Give it at least one.`);
  const at = tidy(() => {
    const { values, indices } = sort(x.detach().movedim(d, -1), -1);
    const middle = countNumbers(values).sub(1).clamp({ min: 0 }).div(2, { roundingMode: 'trunc' });
    return gather(indices, -1, middle).movedim(-1, d);
  });
  return pick(x, d, at, keepdim);
}

/** The elements of x at one position each along a dim. */
export function pick(x: Tensor, d: number, at: Tensor, keepdim: boolean): ValuesAndIndices {
  const values = gather(atLeast1d(x), d, at);
  if (keepdim && x.shape.length > 0) return { values, indices: at };
  return { values: values.squeeze(d), indices: at.squeeze(d) };
}
