// Integrals of samples by the trapezoidal rule.

import { DTypeError, ShapeError, show } from '../errors.ts';
import { getDefaultDtype } from '../default-dtype.ts';
import { isFloat } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import { normaliseDim } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { cumsum } from './scan.ts';
import { scratch } from './scratch.ts';
import { splitDim } from './split-dim.ts';

export interface TrapezoidOptions {
  /** Where the samples are: a list along the dim, or one that broadcasts with y. */
  readonly x?: Tensor;
  /** How far apart they are instead. Default 1. */
  readonly dx?: number;
}

/** The points along the dim that `d` counts in y, as something that broadcasts with y. */
function placed(op: string, y: Tensor, x: Tensor, d: number): Tensor {
  if (x.shape.length !== 1)
    return x.shape.length < y.shape.length
      ? x.reshape([...new Array<number>(y.shape.length - x.shape.length).fill(1), ...x.shape])
      : x;
  if (x.shape[0] !== y.shape[d])
    throw new ShapeError(
      op,
      `there are ${x.shape[0]} points for ${y.shape[d]} samples along dim ${d} of ${show(y.shape)}. Give one for each.`,
    );
  return x.reshape(y.shape.map((n, k) => (k === d ? n : 1)));
}

/** The area under each pair of neighbours along a dim, and that dim. Integers count as floats. */
function areas(op: string, y: Tensor, dim: number, { x, dx = 1 }: TrapezoidOptions): [each: Tensor, dim: number] {
  const given = x ? [y, x] : [y];
  checkOperands(op, given);
  for (const one of given)
    if (one.dtype === 'bool') throw new DTypeError(op, "it is not defined for bool. Convert with `.to('float32')`.");
  if (y.shape.length === 0) throw new ShapeError(op, 'a 0-dim tensor has no samples to go along. Give it a dim.');
  const d = normaliseDim(op, dim, y.shape.length);
  const dtype = resultType(...given);
  const float = isFloat(dtype) ? dtype : getDefaultDtype();
  const neighbours = (all: Tensor): [Tensor, Tensor] => [
    all.slice(d, 0, Math.max(0, (all.shape[d] ?? 0) - 1)),
    all.slice(d, 1),
  ];
  const [left, right] = neighbours(y.to(float));
  if (!x) return [left.add(right).mul(dx / 2), d];
  const [before, after] = neighbours(placed(op, y, x.to(float), d));
  return [left.add(right).mul(after.sub(before)).div(2), d];
}

type Rest = [dim: number | TrapezoidOptions | undefined, options: TrapezoidOptions | undefined];

/** What `total` makes of the areas. */
function integral(op: string, y: Tensor, [dim, options]: Rest, total: (each: Tensor, dim: number) => Tensor): Tensor {
  const [along = -1, given = {}] = splitDim<number, TrapezoidOptions>(dim, options);
  return scratch(given.x ? [y, given.x] : [y], () => total(...areas(op, y, along, given)));
}

const sum = (each: Tensor, dim: number): Tensor => each.sum(dim);

/**
 * The integral along a dim of what goes straight from sample to sample: Σ dx·(y_i + y_{i+1})/2. Where the samples are is said by
 * `x`, or how far apart by `dx`. Throws ShapeError where points and samples differ in number, DTypeError for bool;
 * other integers count as floats. torch.trapezoid
 */
export function trapezoid(y: Tensor, dim?: number | TrapezoidOptions, options?: TrapezoidOptions): Tensor {
  return integral('trapezoid', y, [dim, options], sum);
}

/** The same as `trapezoid`. torch.trapz */
export function trapz(y: Tensor, dim?: number | TrapezoidOptions, options?: TrapezoidOptions): Tensor {
  return integral('trapz', y, [dim, options], sum);
}

/** The integral from the first sample to each of the others: one less than there are samples. torch.cumulative_trapezoid */
export function cumulativeTrapezoid(y: Tensor, dim?: number | TrapezoidOptions, options?: TrapezoidOptions): Tensor {
  return integral('cumulativeTrapezoid', y, [dim, options], (each, d) => cumsum(each, d));
}
