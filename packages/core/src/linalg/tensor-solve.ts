// Tensors taken as matrices: some dims as rows, the others as columns.

import { ShapeError, show, ValueError } from '../errors.ts';
import { sizeOf } from '../kernel/index.ts';
import { normaliseDims } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { checkSingular, divide, invert } from './inverse.ts';
import { checkFloats } from './matrices.ts';
import { bothForms, type Steps } from './steps.ts';

export interface TensorinvOptions {
  /** How many dims are the rows. Default 2. */
  readonly ind?: number;
}

const invForms = bothForms('tensorinv', function* (x: Tensor, { ind = 2 }: TensorinvOptions = {}): Steps<Tensor> {
  checkFloats('tensorinv', x);
  if (!Number.isInteger(ind) || ind < 1) throw new ValueError('tensorinv', `ind is ${ind}. Use a whole number from 1 on.`); // prettier-ignore
  const [rows, columns] = [x.shape.slice(0, ind), x.shape.slice(ind)];
  if (sizeOf(rows) !== sizeOf(columns))
    throw new ShapeError('tensorinv', `the first ${ind} dims of ${show(x.shape)} hold ${sizeOf(rows)} elements, the others ${sizeOf(columns)}. They must be equal.`); // prettier-ignore
  const { inverse, info } = yield* invert(x.reshape([sizeOf(rows), sizeOf(columns)]));
  yield* checkSingular('inv', [], info);
  return inverse.reshape([...columns, ...rows]);
});
/**
 * The inverse of a tensor for `tensordot`: its first `ind` dims are taken as the rows of a matrix, the others as columns. Throws
 * ShapeError where that is not square, ValueError where it is singular, and DeviceError on a device that can only be read
 * asynchronously. torch.linalg.tensorinv
 */
export const tensorinv = invForms.now;
/** `tensorinv` on every device. */
export const tensorinvAsync = invForms.later;

const solveForms = bothForms('tensorsolve', function* (a: Tensor, b: Tensor, dims?: readonly number[]): Steps<Tensor> {
  checkOperands('tensorsolve', [a, b]);
  checkFloats('tensorsolve', a, b);
  const moved = dims && dims.length > 0 ? dims.map((d) => normaliseDims('tensorsolve', d, a.shape.length)[0] ?? 0) : [];
  const kept = a.shape.flatMap((_, d) => (moved.includes(d) ? [] : [d]));
  const whole = moved.length > 0 ? a.permute([...kept, ...moved]) : a;
  const shape = whole.shape.slice(b.shape.length);
  const [rows, columns] = [sizeOf(b.shape), sizeOf(shape)];
  if (rows !== columns || sizeOf(whole.shape) !== rows * columns)
    throw new ShapeError('tensorsolve', `A of shape ${show(whole.shape)} is no square matrix for B of shape ${show(b.shape)}: ${columns} and ${rows} elements. They must be equal.`); // prettier-ignore
  const { result, info } = yield* divide('tensorsolve', whole.reshape([rows, columns]), b.reshape([rows, 1]));
  yield* checkSingular('solve', [], info);
  return result.reshape(shape);
});
/**
 * X of `tensordot(A, X, X.ndim)` = B; `dims` of A are moved to its end first. Throws ShapeError where A is no square matrix for that,
 * ValueError where it is singular, and DeviceError on a device that can only be read asynchronously. torch.linalg.tensorsolve
 */
export const tensorsolve = solveForms.now;
/** `tensorsolve` on every device. */
export const tensorsolveAsync = solveForms.later;
