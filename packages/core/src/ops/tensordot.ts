// The product of two tensors summed over any dims of each, as one matrix product.

import { autocasting } from '../autocast-mode.ts';
import { ShapeError, show } from '../errors.ts';
import { sizeOf } from '../kernel/index.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { batched, checkFactors } from './product.ts';
import { scratch } from './scratch.ts';

/** How many dims: the last of one tensor with the first of the other. Or which, of one and of the other. */
export type TensordotDims = number | readonly [x: readonly number[], y: readonly number[]];

function pairs(x: Tensor, y: Tensor, dims: TensordotDims): [number[], number[]] {
  const [xr, yr] = [x.shape.length, y.shape.length];
  if (typeof dims === 'number') {
    if (!Number.isInteger(dims) || dims < 0 || dims > Math.min(xr, yr))
      throw new ShapeError(
        'tensordot',
        `${dims} dims of ${show(x.shape)} and ${show(y.shape)} cannot be summed over. Use 0 … ${Math.min(xr, yr)}.`,
      );
    const count = Array.from({ length: dims }, (_, k) => k);
    return [count.map((k) => xr - dims + k), count];
  }
  const [xs, ys] = dims;
  if (xs.length !== ys.length)
    throw new ShapeError('tensordot', `dims ${show(xs)} and ${show(ys)} do not pair up. Name as many of both.`);
  const named = (list: readonly number[], rank: number): number[] => {
    const normal = list.map((d) => normaliseDim('tensordot', d, rank));
    if (new Set(normal).size !== normal.length)
      throw new ShapeError('tensordot', `a dim appears more than once in ${show(list)}. Name each dim once.`);
    return normal;
  };
  return [named(xs, xr), named(ys, yr)];
}

/**
 * Σ x·y over pairs of dims: the result has the other dims of x, then those of y. `dims` is how many, the last of x with the
 * first of y, or the lists [of x, of y]. A dim of size 1 broadcasts. Throws ShapeError for sizes that differ. torch.tensordot
 */
export function tensordot(x: Tensor, y: Tensor, dims: TensordotDims = 2): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('tensordot', tensordot, [x, y, dims]);
  checkFactors('tensordot', x, y);
  const [xs, ys] = pairs(x, y, dims);
  return scratch([x, y], () => {
    let [a, b] = [x, y];
    xs.forEach((d, k) => {
      const other = ys[k] ?? 0;
      const [n = 1, m = 1] = [x.shape[d], y.shape[other]];
      if (n !== m && n !== 1 && m !== 1)
        throw new ShapeError(
          'tensordot',
          `dim ${d} of ${show(x.shape)} has size ${n}, dim ${other} of ${show(y.shape)} ${m}. Make them equal.`,
        );
      if (n === m) return;
      if (n === 1) b = b.sum(other, { keepdim: true, dtype: y.dtype });
      else a = a.sum(d, { keepdim: true, dtype: x.dtype });
    });
    const rows = a.shape.flatMap((_, d) => (xs.includes(d) ? [] : [d]));
    const columns = b.shape.flatMap((_, d) => (ys.includes(d) ? [] : [d]));
    const [n, m] = [rows.map((d) => a.shape[d] ?? 1), columns.map((d) => b.shape[d] ?? 1)];
    const k = sizeOf(xs.map((d) => a.shape[d] ?? 1));
    const left = a.permute([...rows, ...xs]).reshape([sizeOf(n), k]);
    const right = b.permute([...ys, ...columns]).reshape([k, sizeOf(m)]);
    return batched('tensordot', left, right).reshape([...n, ...m]);
  });
}
