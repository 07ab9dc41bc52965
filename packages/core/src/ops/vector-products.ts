// Products of vectors and of what is built from them: inner, outer, cross and Kronecker's.

import { autocasting, outsideAutocast } from '../autocast-mode.ts';
import { ShapeError, show } from '../errors.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { stack } from './join.ts';
import { loopOp, runLoop } from './loop.ts';
import { addProduct, addScaled, type AddmmOptions } from './add-product.ts';
import { dot, outer } from './matrix-products.ts';
import { batched, checkFactors } from './product.ts';
import { scratch } from './scratch.ts';
import { tensordot } from './tensordot.ts';

/** Σᵢ xᵢ·yᵢ of two vectors. torch.vdot */
export function vdot(x: Tensor, y: Tensor): Tensor {
  return dot(x, y);
}

/** Σ x·y over the last dim of both; a 0-dim tensor multiplies. Throws ShapeError for sizes that differ. torch.inner */
export function inner(x: Tensor, y: Tensor): Tensor {
  if (x.shape.length === 0 || y.shape.length === 0) return x.mul(y);
  checkFactors('inner', x, y);
  if (x.shape.at(-1) !== y.shape.at(-1))
    throw new ShapeError(
      'inner',
      `the last dims of ${show(x.shape)} and ${show(y.shape)} differ: ${x.shape.at(-1)} and ${y.shape.at(-1)}. Make them equal.`,
    );
  return tensordot(x, y, [[-1], [-1]]);
}

/** Blocks x[i]·y: the result has x.shape[d]·y.shape[d] elements along each dim; missing dims are 1. torch.kron */
export function kron(x: Tensor, y: Tensor): Tensor {
  const rank = Math.max(x.shape.length, y.shape.length);
  const padded = (shape: readonly number[]): number[] => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [n, m] = [padded(x.shape), padded(y.shape)];
  return scratch([x, y], () => {
    const blocks = x.reshape(n.flatMap((size) => [size, 1]));
    const block = y.reshape(m.flatMap((size) => [1, size]));
    return blocks.mul(block).reshape(n.map((size, d) => size * (m[d] ?? 1)));
  });
}

const crossOp = loopOp('cross', (k) =>
  k.perElement(
    k
      .input(0)
      .mul(k.input(1))
      .sub(k.input(2).mul(k.input(3))),
  ),
);

/**
 * x × y along a dim of size 3, by default the first of that size; the other dims broadcast. Throws ShapeError where the
 * tensors have different ranks or the dim another size. torch.cross
 */
export function cross(x: Tensor, y: Tensor, dim?: number): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('cross', cross, [x, y, dim]);
  checkFactors('cross', x, y);
  if (x.shape.length !== y.shape.length)
    throw new ShapeError('cross', `${show(x.shape)} and ${show(y.shape)} have different ranks. Make them equal.`);
  const d = dim === undefined ? x.shape.indexOf(3) : normaliseDim('cross', dim, x.shape.length);
  if (d < 0) throw new ShapeError('cross', `no dim of ${show(x.shape)} has size 3. Vectors need three components.`);
  if (x.shape[d] !== 3 || y.shape[d] !== 3)
    throw new ShapeError(
      'cross',
      `dim ${dim ?? d} has sizes ${x.shape[d] ?? 1} and ${y.shape[d] ?? 1} in ${show(x.shape)} and ${show(y.shape)}. Both must be 3.`,
    );
  return scratch([x, y], () => {
    const parts = [0, 1, 2].map((k) => {
      const [next, last] = [(k + 1) % 3, (k + 2) % 3];
      const inputs = [x.select(d, next), y.select(d, last), x.select(d, last), y.select(d, next)];
      return runLoop(crossOp(inputs), inputs)[0] as Tensor;
    });
    return stack(parts, d);
  });
}

/** beta·x + alpha·Σ_b aᵦ @ bᵦ for batches of matrices [b, n, m] and [b, m, p], as one product. torch.addbmm */
export function addbmm(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('addbmm', addbmm, [x, a, b, options]);
  checkFactors('addbmm', a, b);
  const [batch = 0, n = 0, m = 0] = a.shape;
  if (a.shape.length !== 3 || b.shape.length !== 3 || b.shape[0] !== batch || b.shape[1] !== m)
    throw new ShapeError(
      'addbmm',
      `batches ${show(a.shape)} and ${show(b.shape)} cannot be multiplied. Use [b, n, m] and [b, m, p].`,
    );
  return scratch([x, a, b], () => {
    const left = a.permute([1, 0, 2]).reshape([n, batch * m]);
    const right = b.reshape([batch * m, b.shape[2] ?? 0]);
    return addProduct('addbmm', x, batched('addbmm', left, right), options);
  });
}

/** beta·x + alpha·aᵢ·bⱼ of two vectors. torch.addr */
export function addr(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('addr', addr, [x, a, b, options]);
  return scratch([x, a, b], () => {
    for (const side of [a, b])
      if (side.shape.length !== 1)
        throw new ShapeError('addr', `it takes vectors, not ${show(side.shape)}. Use addmm for matrices.`);
    return addScaled('addr', x, outer(a, b), options);
  });
}

/** `addbmm` in x itself. torch.Tensor.addbmm_ */
export function addbmm_(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return x.copy_(outsideAutocast(() => addbmm(x.clone(), a, b, options)));
}

/** `addr` in x itself. torch.Tensor.addr_ */
export function addr_(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return x.copy_(outsideAutocast(() => addr(x.clone(), a, b, options)));
}
