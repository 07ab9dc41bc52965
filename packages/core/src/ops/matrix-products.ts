// Products of matrices and vectors that are refused unless they have the ranks that the name says.

import { autocasting } from '../autocast-mode.ts';
import { ShapeError, show } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { addProduct, type AddmmOptions } from './add-product.ts';
import { matmul } from './matmul.ts';
import { batched, checkFactors } from './product.ts';

function needsRank(op: string, x: Tensor, rank: number): void {
  if (x.shape.length !== rank)
    throw new ShapeError(op, `it takes tensors of ${rank} dims, not ${show(x.shape)}. Use matmul for other shapes.`);
}

/** The product of two matrices, [n, m] @ [m, p]. torch.mm */
export function mm(x: Tensor, y: Tensor): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('mm', mm, [x, y]);
  for (const side of [x, y]) needsRank('mm', side, 2);
  checkFactors('mm', x, y);
  return batched('mm', x, y);
}

/** The product of two batches of matrices, [b, n, m] @ [b, m, p]. torch.bmm */
export function bmm(x: Tensor, y: Tensor): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('bmm', bmm, [x, y]);
  for (const side of [x, y]) needsRank('bmm', side, 3);
  checkFactors('bmm', x, y);
  if (x.shape[0] !== y.shape[0]) {
    throw new ShapeError(
      'bmm',
      `batch sizes differ: ${show(x.shape)} @ ${show(y.shape)} has ${x.shape[0]} and ${y.shape[0]}. Use matmul to broadcast.`,
    );
  }
  return batched('bmm', x, y);
}

/** A matrix times a vector. torch.mv */
export function mv(x: Tensor, y: Tensor): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('mv', mv, [x, y]);
  needsRank('mv', x, 2);
  needsRank('mv', y, 1);
  return matmul(x, y);
}

/** Σ xᵢ yᵢ of two vectors. torch.dot */
export function dot(x: Tensor, y: Tensor): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('dot', dot, [x, y]);
  for (const side of [x, y]) needsRank('dot', side, 1);
  return matmul(x, y);
}

/** xᵢ yⱼ of two vectors. torch.outer */
export function outer(x: Tensor, y: Tensor): Tensor {
  for (const side of [x, y]) needsRank('outer', side, 1);
  return x.unsqueeze(1).mul(y.unsqueeze(0));
}

export type { AddmmOptions };

/** beta·x + alpha·(a @ b) for matrices. torch.addmm */
export function addmm(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('addmm', addmm, [x, a, b, options]);
  return addProduct('addmm', x, mm(a, b), options);
}

/** beta·x + alpha·(a @ b) for batches of matrices. torch.baddbmm */
export function baddbmm(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('baddbmm', baddbmm, [x, a, b, options]);
  return addProduct('baddbmm', x, bmm(a, b), options);
}

/** beta·x + alpha·(a @ b) for a matrix and a vector. torch.addmv */
export function addmv(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('addmv', addmv, [x, a, b, options]);
  return addProduct('addmv', x, mv(a, b), options);
}
