// A copy of a tensor with one of its views overwritten. What is overwritten gets no gradient, what is written all of it.

import { ShapeError, show } from '../errors.ts';
import { mod, select as choose } from '../kernel/index.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkFits } from './check-fits.ts';
import { clone, copy_, fill_ } from './copy.ts';
import { loopOp, runLoop } from './loop.ts';
import { asStrided, select, slice } from './view.ts';
import { diagonal, type DiagonalOptions } from './windowed-views.ts';

function overwritten(op: string, x: Tensor, src: Tensor, viewOf: (copy: Tensor) => Tensor): Tensor {
  const made = clone(x);
  const view = viewOf(made);
  if (!sameShape(view.shape, src.shape)) {
    throw new ShapeError(
      op,
      `the source has shape ${show(src.shape)}, what it replaces ${show(view.shape)}. They must be equal.`,
    );
  }
  copy_(view, src);
  return made;
}

/** A copy of x whose diagonal over two dims is `src`. Throws ShapeError unless the shapes agree. torch.diagonal_scatter */
export function diagonalScatter(x: Tensor, src: Tensor, options: DiagonalOptions = {}): Tensor {
  return overwritten('diagonalScatter', x, src, (copy) => diagonal(copy, options));
}

/** A copy of x whose slice at a position of a dim is `src`. torch.select_scatter */
export function selectScatter(x: Tensor, src: Tensor, dim: number, index: number): Tensor {
  return overwritten('selectScatter', x, src, (copy) => select(copy, dim, index));
}

export interface SliceScatterOptions {
  /** Default 0. */
  readonly start?: number | undefined;
  /** Default: the end of the dim. */
  readonly end?: number | undefined;
  /** Default 1. */
  readonly step?: number | undefined;
}

/** A copy of x whose positions start, start + step, … before end of a dim are `src`. torch.slice_scatter */
export function sliceScatter(
  x: Tensor,
  src: Tensor,
  dim: number | SliceScatterOptions = 0,
  options: SliceScatterOptions = {},
): Tensor {
  const [along, { start, end, step = 1 }] = typeof dim === 'number' ? [dim, options] : [0, dim];
  return overwritten('sliceScatter', x, src, (copy) => slice(copy, along, start, end, step));
}

/** A dense copy of x whose elements at the given strides and offset are `src`. torch.as_strided_scatter */
export function asStridedScatter(
  x: Tensor,
  src: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Tensor {
  return overwritten('asStridedScatter', x, src, (copy) => asStrided(copy, shape, strides, offset));
}

const diagonalOp = loopOp('fillDiagonal', (k) => {
  const x = k.input(0);
  k.perElement(choose(mod(k.row, k.scalar('int32')).eq(k.column), k.scalar(x.dtype), x));
});

export interface FillDiagonalOptions {
  /** Whether in a tall matrix the diagonal begins again, one row below its end. Default false. */
  readonly wrap?: boolean;
}

/**
 * Sets the main diagonal in x itself. Throws ShapeError below 2 dims, and above 2 unless all are of one size.
 * torch.Tensor.fill_diagonal_
 */
export function fillDiagonal_(x: Tensor, value: number, { wrap = false }: FillDiagonalOptions = {}): Tensor {
  const [rows = 0, columns = 0] = x.shape;
  if (x.shape.length < 2 || (x.shape.length > 2 && x.shape.some((n) => n !== rows))) {
    throw new ShapeError(
      'fillDiagonal_',
      `shape ${show(x.shape)} has no main diagonal. It takes a matrix, or more dims of one size.`,
    );
  }
  checkFits('fillDiagonal_', value, x.dtype);
  if (x.shape.length > 2) {
    const stride = x.strides.reduce((a, b) => a + b, 0);
    fill_(asStrided(x, [rows], [stride]), value);
    return x;
  }
  const period = wrap ? columns + 1 : Math.max(rows, columns) + 1;
  runLoop(diagonalOp([x]), [x], { inplace: [x], columns: [1], scalars: [period, value] });
  return x;
}
