// The largest singular value of a matrix by power iteration: u and v follow its singular vectors.

import { dot, mv, norm, normal, type Tensor } from '@rushlight/core';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from '../../layers/conv-transpose.ts';
import type { Module } from '../../module/module.ts';

/** x / max(‖x‖, ε) */
export const unit = (x: Tensor, eps: number): Tensor => x.div(norm(x).clampMin(eps));

/** A weight as a matrix whose rows are the places of `dim`. */
export function asMatrix(weight: Tensor, dim: number): Tensor {
  const order = [dim, ...weight.shape.map((_, d) => d).filter((d) => d !== dim)];
  const front = dim === 0 ? weight : weight.permute(order);
  return front.reshape([front.shape[0] ?? 0, -1]);
}

/** Normal numbers of length 1. */
export function drawUnit(like: Tensor, length: number, eps: number): Tensor {
  return unit(normal(0, 1, [length], { dtype: like.dtype, device: like.device }), eps);
}

/** uᵀ W v */
export const sigmaOf = (matrix: Tensor, u: Tensor, v: Tensor): Tensor => dot(u, mv(matrix, v));

/** The dim of the outputs in a weight. */
export function outputDim(module: Module): number {
  const isTransposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some((Layer) => module instanceof Layer);
  return isTransposed ? 1 : 0;
}
