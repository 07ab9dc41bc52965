// Matrix products: of operands of any ranks, and the one of a linear layer.

import { autocasting } from '../autocast-mode.ts';
import { ShapeError, show } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { sizeOf } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { batched, checkFactors, product, transposedTimes } from './product.ts';

/**
 * The matrix product: of vectors their dot product, of a matrix and a vector the vector, of more dims a batch of matrix
 * products, broadcast. Throws ShapeError where the inner sizes differ. torch.matmul
 */
export function matmul(x: Tensor, y: Tensor): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('matmul', matmul, [x, y]);
  checkFactors('matmul', x, y);
  const [xr, yr] = [x.shape.length, y.shape.length];
  if (xr === 0 || yr === 0)
    throw new ShapeError(
      'matmul',
      `both sides need at least 1 dim: ${show(x.shape)} @ ${show(y.shape)}. Use mul for scalars.`,
    );
  const vectorMismatch =
    xr === 1 || yr === 1 ? (x.shape[xr - 1] ?? 0) !== (y.shape[yr === 1 ? 0 : yr - 2] ?? 0) : false;
  if (vectorMismatch) {
    const sizes = `${x.shape[xr - 1] ?? 0} and ${y.shape[yr === 1 ? 0 : yr - 2] ?? 0}`;
    throw new ShapeError(
      'matmul',
      `inner sizes differ: ${show(x.shape)} @ ${show(y.shape)} has ${sizes}. Transpose one side or check the layer sizes.`,
    );
  }
  if (xr === 1 && yr === 1) return batched('matmul', x.unsqueeze(0), y.unsqueeze(1)).reshape([]);
  if (xr === 1) return batched('matmul', x.unsqueeze(0), y).squeeze(-2);
  if (yr === 1) return matmul(x, y.unsqueeze(1)).squeeze(-1);
  // A batch times one matrix is one large product.
  if (xr > 2 && yr === 2) {
    const rows = x.reshape([sizeOf(x.shape.slice(0, -1)), x.shape[xr - 1] ?? 0]);
    return batched('matmul', rows, y).reshape([...x.shape.slice(0, -1), y.shape[1] ?? 0]);
  }
  return batched('matmul', x, y);
}

export interface LinearOptions {
  readonly bias?: Tensor;
}

/**
 * x Wᵀ + b in one kernel: x [*, in], weight [out, in] or [in], bias [out]. torch.nn.functional.linear
 */
export function linear(x: Tensor, weight: Tensor, options: LinearOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('linear', linear, [x, weight, options]);
  const { bias } = options;
  checkFactors('linear', x, weight);
  const inFeatures = weight.shape[weight.shape.length - 1] ?? 0;
  if (x.shape.length === 0 || x.shape[x.shape.length - 1] !== inFeatures) {
    throw new ShapeError(
      'linear',
      `the input ${show(x.shape)} has ${x.shape[x.shape.length - 1] ?? 'no'} features in its last dim, the weight ${show(weight.shape)} takes ${inFeatures}. Make them equal.`,
    );
  }
  if (weight.shape.length !== 2 || !bias) {
    const y = matmul(x, weight.t());
    return bias ? y.add(bias) : y;
  }
  checkFactors('linear', x, bias);
  const [outFeatures = 0] = weight.shape;
  if (bias.shape.length !== 1 || bias.shape[0] !== outFeatures) {
    throw new ShapeError(
      'linear',
      `the bias has shape ${show(bias.shape)}, the weight ${show(weight.shape)} gives ${outFeatures} features. They must be equal.`,
    );
  }
  const rows = x.shape.length === 2 ? x : x.reshape([sizeOf(x.shape.slice(0, -1)), inFeatures]);
  const out = product('linear', rows, weight, { transposeY: true, bias });
  if (needsGraph([rows, weight, bias])) {
    recordNode('linear', [rows, weight, bias], [out], ([grad], context) => [
      grad && context.needs(0) ? batched('linear', grad, context.saved(1)) : undefined,
      grad && context.needs(1) ? transposedTimes('linear', grad, context.saved(0), context) : undefined,
      grad && context.needs(2) ? grad.sum(0) : undefined,
    ], { saved: [rows, weight] }); // prettier-ignore
  }
  return x.shape.length === 2 ? out : out.reshape([...x.shape.slice(0, -1), outFeatures]);
}
