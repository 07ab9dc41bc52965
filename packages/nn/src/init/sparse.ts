import {
  defaultGenerator,
  drawNormal,
  drawPermutation,
  ShapeError,
  show,
  ValueError,
  type Tensor,
} from '@rushlight/core';
import { drawDType } from './draw-dtype.ts';
import { write } from './fill.ts';
import { isInitSkipped } from './skipped.ts';

/**
 * Normal with a share of each column set to 0. Throws ShapeError unless w is a matrix, ValueError unless sparsity is in
 * [0, 1]. J. Martens, "Deep learning via Hessian-free optimization", 2010. torch.nn.init.sparse_
 */
export function sparse_<T extends Tensor>(w: T, sparsity: number, { std = 0.01 }: { readonly std?: number } = {}): T {
  const [rows = 0, columns = 0] = w.shape;
  if (w.shape.length !== 2)
    throw new ShapeError('sparse_', `it fills matrices, not ${show(w.shape)}. Reshape it first.`);
  if (!(sparsity >= 0 && sparsity <= 1))
    throw new ValueError('sparse_', `the sparsity is ${sparsity}. It must lie in [0, 1].`);
  if (isInitSkipped()) return w;
  const generator = defaultGenerator();
  const values = drawNormal(generator, drawDType('sparse_', w), rows * columns, 0, std);
  const zeros = Math.ceil(sparsity * rows);
  for (let column = 0; column < columns; column++) {
    const order = drawPermutation(generator, 'int32', rows);
    for (const row of order.slice(0, zeros)) values[row * columns + column] = 0;
  }
  return write(w, values);
}
