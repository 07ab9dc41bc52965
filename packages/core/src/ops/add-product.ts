// What is added to a product: beta·x + alpha·p.

import { DTypeError, ShapeError, show } from '../errors.ts';
import { isFloat } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import { broadcastShapes, sameShape } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { checkFactors } from './product.ts';

export interface AddmmOptions {
  readonly beta?: number;
  readonly alpha?: number;
}

/** beta·x + alpha·p. With beta 0, x is not read: NaN in it does not matter. */
export function addScaled(op: string, x: Tensor, p: Tensor, { beta = 1, alpha = 1 }: AddmmOptions): Tensor {
  checkOperands(op, [x, p]);
  const dtype = resultType(x, p);
  for (const [name, value] of Object.entries({ beta, alpha }))
    if (!isFloat(dtype) && !Number.isInteger(value))
      throw new DTypeError(op, `${name} is ${value}, computing in ${dtype}. Convert with \`.to('float32')\`.`);
  if (!sameShape(broadcastShapes(op, [x.shape, p.shape]), p.shape)) {
    throw new ShapeError(
      op,
      `${show(x.shape)} is added to a product of shape ${show(p.shape)}. It must broadcast to that.`,
    );
  }
  const scaled = alpha === 1 ? p : p.mul(alpha);
  if (beta === 0) return scaled;
  return beta === 1 ? scaled.add(x) : scaled.add(x, { alpha: beta });
}

/** The same of one dtype. */
export function addProduct(op: string, x: Tensor, p: Tensor, options: AddmmOptions): Tensor {
  checkFactors(op, p, x);
  return addScaled(op, x, p, options);
}
