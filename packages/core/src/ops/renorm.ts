// Norms of slices and of differences.

import { autocasting, outsideAutocast } from '../autocast-mode.ts';
import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { isFloat } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import { normaliseDim } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { norm } from './norm.ts';
import { scratch } from './scratch.ts';
import { where } from './where.ts';

/**
 * x with every slice along a dim scaled down to the p-norm `maxnorm` where its own is larger. Throws ValueError for p that is not
 * positive and maxnorm below 0, ShapeError for fewer than 2 dims, DTypeError for integers. torch.renorm
 */
export function renorm(x: Tensor, p: number, dim: number, maxnorm: number): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('renorm', renorm, [x, p, dim, maxnorm]);
  if (!isFloat(x.dtype))
    throw new DTypeError('renorm', `it is defined for floats, not ${x.dtype}. Convert with \`.to('float32')\`.`);
  if (!(p > 0)) throw new ValueError('renorm', `p is ${p}. Use a positive number or Infinity.`);
  if (!(maxnorm >= 0)) throw new ValueError('renorm', `maxnorm is ${maxnorm}. Use a number from 0 on.`);
  if (x.shape.length < 2)
    throw new ShapeError('renorm', `a tensor ${show(x.shape)} has no slices. Give it at least 2 dims.`);
  const d = normaliseDim('renorm', dim, x.shape.length);
  const others = x.shape.flatMap((_, k) => (k === d ? [] : [k]));
  return scratch([x], () => {
    const size = norm(x, others, { p, keepdim: true });
    return x.mul(where(size.gt(maxnorm), size.add(1e-7).reciprocal().mul(maxnorm), 1));
  });
}

/** `renorm` in x itself. torch.Tensor.renorm_ */
export function renorm_(x: Tensor, p: number, dim: number, maxnorm: number): Tensor {
  return x.copy_(outsideAutocast(() => renorm(x.clone(), p, dim, maxnorm)));
}

export interface DistOptions {
  /** The power of the norm. Default 2. */
  readonly p?: number;
}

/** The p-norm of x − y, broadcast. Throws DTypeError for integers. torch.dist */
export function dist(x: Tensor, y: Tensor, { p = 2 }: DistOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('dist', dist, [x, y, { p }]);
  checkOperands('dist', [x, y]);
  const dtype = resultType(x, y);
  if (!isFloat(dtype))
    throw new DTypeError('dist', `it is defined for floats, not ${dtype}. Convert with \`.to('float32')\`.`);
  return scratch([x, y], () => norm(x.sub(y), { p }));
}
