// Triangles and diagonals of matrices.

import { ShapeError, show } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { mod, select } from '../kernel/index.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';
import { noGrad } from '../grad-mode.ts';
import { diagonal as diagonalOf, type DiagonalOptions } from './windowed-views.ts';

/** Which diagonal: 0 the main one, positive above it. */
export interface TriangleOptions {
  readonly diagonal?: number;
}

const triangleOp = loopOp('triangle', (k, upper: boolean) => {
  const x = k.input(0);
  const row = mod(k.row, k.scalar('int32'));
  const across = k.column.sub(row);
  const diagonal = k.scalar('int32');
  k.perElement(select(upper ? across.ge(diagonal) : across.le(diagonal), x, 0));
});

function triangle(op: string, x: Tensor, diagonal: number, upper: boolean): Tensor {
  const rank = x.shape.length;
  if (rank < 2) throw new ShapeError(op, `it takes matrices, not shape ${show(x.shape)}. Give it at least 2 dims.`);
  const scalars = [Math.max(1, x.shape[rank - 2] ?? 1), diagonal];
  return runLoop(triangleOp([x], upper), [x], { columns: [rank - 1], scalars })[0] as Tensor;
}

/** Matrices with 0 above a diagonal. torch.tril */
export function tril(x: Tensor, { diagonal = 0 }: TriangleOptions = {}): Tensor {
  return triangle('tril', x, diagonal, false);
}

/** Matrices with 0 below a diagonal. torch.triu */
export function triu(x: Tensor, { diagonal = 0 }: TriangleOptions = {}): Tensor {
  return triangle('triu', x, diagonal, true);
}

/** The last dim as a diagonal of matrices over two new dims, 0 elsewhere. torch.diag_embed */
export function diagEmbed(x: Tensor, { offset = 0, dim1 = -2, dim2 = -1 }: DiagonalOptions = {}): Tensor {
  const rank = x.shape.length + 1;
  const [a, b] = [normaliseDim('diagEmbed', dim1, rank), normaliseDim('diagEmbed', dim2, rank)];
  if (a === b || x.shape.length === 0)
    throw new ShapeError(
      'diagEmbed',
      `shape ${show(x.shape)} does not spread over dims ${dim1} and ${dim2}. Name two.`,
    );
  const n = (x.shape.at(-1) ?? 0) + Math.abs(offset);
  const rest = x.shape.slice(0, -1);
  const shape = Array.from({ length: rank }, (_, d) => (d === a || d === b ? n : (rest.shift() ?? 1)));
  const made = x.zeros(shape);
  const where = { offset, dim1: a, dim2: b };
  noGrad(() => diagonalOf(made, where).copy_(x));
  if (needsGraph([x])) recordNode('diagEmbed', [x], [made], ([grad]) => [grad && diagonalOf(grad, where)]);
  return made;
}

/** Of a vector the matrix with it on a diagonal, of a matrix the diagonal. torch.diag */
export function diag(x: Tensor, { diagonal = 0 }: TriangleOptions = {}): Tensor {
  if (x.shape.length === 1) return diagEmbed(x, { offset: diagonal });
  if (x.shape.length === 2) return diagonalOf(x, { offset: diagonal }).clone();
  throw new ShapeError('diag', `it takes a vector or a matrix, not shape ${show(x.shape)}. Use diagonal or diagEmbed.`);
}

/** Σ of the main diagonal of a matrix. torch.trace */
export function trace(x: Tensor): Tensor {
  if (x.shape.length !== 2)
    throw new ShapeError('trace', `it takes a matrix, not shape ${show(x.shape)}. Use diagonal and sum.`);
  return diagonalOf(x).sum();
}
