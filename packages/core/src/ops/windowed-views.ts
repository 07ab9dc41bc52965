// Views that walk memory along a diagonal or in windows.

import { ShapeError, show } from '../errors.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { makeView, scatterBack } from './make-view.ts';

export interface DiagonalOptions {
  /** Which diagonal: 0 the main one, positive above it. */
  readonly offset?: number;
  readonly dim1?: number;
  readonly dim2?: number;
}

/** The diagonal over two dims, as the last dim. torch.diagonal */
export function diagonal(x: Tensor, { offset = 0, dim1 = 0, dim2 = 1 }: DiagonalOptions = {}): Tensor {
  const rank = x.shape.length;
  const [a, b] = [normaliseDim('diagonal', dim1, rank), normaliseDim('diagonal', dim2, rank)];
  if (a === b) throw new ShapeError('diagonal', `dim1 and dim2 are both ${dim1}. They must differ.`);
  const [sa = 0, sb = 0] = [x.strides[a], x.strides[b]];
  const length = Math.max(
    0,
    Math.min((x.shape[a] ?? 0) - Math.max(-offset, 0), (x.shape[b] ?? 0) - Math.max(offset, 0)),
  );
  const start = length === 0 ? 0 : offset >= 0 ? offset * sb : -offset * sa;
  const rest = x.shape.flatMap((_, d) => (d === a || d === b ? [] : [d]));
  const geometry = {
    shape: [...rest.map((d) => x.shape[d] ?? 1), length],
    strides: [...rest.map((d) => x.strides[d] ?? 0), sa + sb],
    offset: x.offset + start,
  };
  return makeView('diagonal', x, geometry, scatterBack(x, geometry));
}

/** Windows of `size` along a dim, `step` apart, as a last dim. torch.Tensor.unfold */
export function unfold(x: Tensor, dim: number, size: number, step: number): Tensor {
  const d = normaliseDim('unfold', dim, x.shape.length);
  const n = x.shape[d] ?? 1;
  if (size < 0 || size > n || step < 1) {
    throw new ShapeError(
      'unfold',
      `windows of ${size} with step ${step} do not fit dim ${dim} of ${show(x.shape)}. Use 0 ≤ size ≤ ${n} and step ≥ 1.`,
    );
  }
  const stride = x.strides[d] ?? 1;
  const geometry = {
    shape: [...x.shape.with(d, Math.floor((n - size) / step) + 1), size],
    strides: [...x.strides.with(d, stride * step), stride],
    offset: x.offset,
  };
  return makeView('unfold', x, geometry, scatterBack(x, geometry));
}
