// Tensors taken as matrices: some dims as rows, the others as columns.

import { ShapeError, show, ValueError } from '../errors.ts';
import { sizeOf } from '../kernel/index.ts';
import { normaliseDims } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { divide, invertSure, sureOf } from './inverse.ts';
import { checkFloats } from './matrices.ts';
import { atOnce, awaited, type Steps } from './steps.ts';

export interface TensorinvOptions {
  /** How many dims are the rows. Default 2. */
  readonly ind?: number;
}

/**
 * The inverse of a tensor for `tensordot`: its first `ind` dims are taken as the rows of a matrix, the others as columns. Throws
 * ShapeError where that is not square, ValueError where it is singular, and DeviceError on a device that can only be read
 * asynchronously. torch.linalg.tensorinv
 */
export const tensorinv = /* @__PURE__ */ atOnce(
  'tensorinv',
  function* (x: Tensor, { ind = 2 }: TensorinvOptions = {}): Steps<Tensor> {
    checkFloats('tensorinv', x);
    if (!Number.isInteger(ind) || ind < 1) throw new ValueError('tensorinv', `ind is ${ind}. Use a whole number from 1 on.`); // prettier-ignore
    const [rows, columns] = [x.shape.slice(0, ind), x.shape.slice(ind)];
    if (sizeOf(rows) !== sizeOf(columns))
      throw new ShapeError('tensorinv', `the first ${ind} dims of ${show(x.shape)} hold ${sizeOf(rows)} elements, the others ${sizeOf(columns)}. They must be equal.`); // prettier-ignore
    const inverse = yield* invertSure(x.reshape([sizeOf(rows), sizeOf(columns)]));
    return inverse.reshape([...columns, ...rows]);
  },
);
/** `tensorinv` on every device. */
export const tensorinvAsync = /* @__PURE__ */ awaited(tensorinv);

/**
 * X of `tensordot(A, X, X.ndim)` = B; `dims` of A are moved to its end first. Throws ShapeError where A is no square matrix for that,
 * ValueError where it is singular, and DeviceError on a device that can only be read asynchronously. torch.linalg.tensorsolve
 */
export const tensorsolve = /* @__PURE__ */ atOnce(
  'tensorsolve',
  function* (a: Tensor, b: Tensor, dims?: readonly number[]): Steps<Tensor> {
    checkOperands('tensorsolve', [a, b]);
    checkFloats('tensorsolve', a, b);
    const moved =
      dims && dims.length > 0 ? dims.map((d) => normaliseDims('tensorsolve', d, a.shape.length)[0] ?? 0) : [];
    const kept = a.shape.flatMap((_, d) => (moved.includes(d) ? [] : [d]));
    const whole = moved.length > 0 ? a.permute([...kept, ...moved]) : a;
    const shape = whole.shape.slice(b.shape.length);
    const [rows, columns] = [sizeOf(b.shape), sizeOf(shape)];
    if (rows !== columns || sizeOf(whole.shape) !== rows * columns)
      throw new ShapeError('tensorsolve', `A of shape ${show(whole.shape)} is no square matrix for B of shape ${show(b.shape)}: ${columns} and ${rows} elements. They must be equal.`); // prettier-ignore
    const matrix = whole.reshape([rows, columns]);
    const result = yield* sureOf(matrix, divide('tensorsolve', matrix, b.reshape([rows, 1])));
    return result.reshape(shape);
  },
);
/** `tensorsolve` on every device. */
export const tensorsolveAsync = /* @__PURE__ */ awaited(tensorsolve);
