// A = P L U.

import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import type { BackwardContext } from '../autograd/node.ts';
import { eye } from '../creation.ts';
import { cat } from '../ops/join.ts';
import { letGo } from '../ops/scratch.ts';
import { tril, triu } from '../ops/triangle.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { factorLU, permutationMatrix } from './host/lu.ts';
import { identity, substitute } from './host/triangle.ts';
import { divideTriangular, recordInverse, type CheckErrors, type SolveOptions } from './inverse.ts';
import { checkMatrices, checkSquare, matrixSizes, turned } from './matrices.ts';
import { atOnce, awaited, checkInfo, eachMatrix, type Steps } from './steps.ts';

const lowerUnit = { upper: false, unitriangular: true };
const upperTriangle = { upper: true, unitriangular: false };

/** Packed factors. */
export interface LUFactors {
  readonly LU: Tensor;
  /** int32: the row, counted from 1, that each was exchanged with. */
  readonly pivots: Tensor;
  /** int32, one per matrix: 0, or which pivot is 0, counted from 1. */
  readonly info: Tensor;
}

/** L with its diagonal of ones, [*, m, k], of packed factors. */
function lowerOf(packed: Tensor): Tensor {
  const { rows: m, columns: n } = matrixSizes(packed);
  const k = Math.min(m, n);
  const ones = eye(m, k, { dtype: packed.dtype, device: packed.device });
  return tril(packed.narrow(-1, 0, k), { diagonal: -1 }).add(ones);
}

/** U, [*, k, n], of packed factors. */
function upperOf(packed: Tensor): Tensor {
  const { rows: m, columns: n } = matrixSizes(packed);
  return triu(packed.narrow(-2, 0, Math.min(m, n)));
}

export interface LUOptions {
  /** Exchange rows for the largest pivot. Default true. */
  readonly pivot?: boolean;
}

/** The packed factors of matrices, recorded. */
function* factor(op: string, x: Tensor, { pivot = true }: LUOptions): Steps<LUFactors> {
  checkMatrices(op, x);
  const { rows: m, columns: n } = matrixSizes(x);
  const k = Math.min(m, n);
  const { dtype } = x;
  const isRecorded = needsGraph([x]);
  const square = isRecorded ? [k, k] : [0];
  const outputs = [
    { dtype, shape: [m, n] },
    { dtype: 'int32', shape: [k] },
    { dtype: 'int32', shape: [] },
    // For the gradients: P and the inverses of the square parts of L and U.
    { dtype, shape: isRecorded ? [m, m] : [0] },
    { dtype, shape: square },
    { dtype, shape: square },
  ] as const;
  const [LU, pivots, info, p, inverseL, inverseU] = yield* eachMatrix(op, [x], outputs, ([a]) => {
    const exchanged = new Int32Array(k);
    const zero = factorLU(a, m, n, exchanged, pivot);
    if (!isRecorded) return [a, exchanged, [zero], [], [], []];
    const [left, right] = [identity(k), identity(k)];
    substitute(a, n, k, left, k, lowerUnit);
    substitute(a, n, k, right, k, upperTriangle);
    return [a, exchanged, [zero], permutationMatrix(exchanged, m), left, right];
  });
  if (isRecorded) {
    const node = recordNode('luFactor', [x], [LU], ([grad], context) => [grad && factorsBackward(grad, context)]);
    const part = LU.narrow(-2, 0, k).narrow(-1, 0, k);
    recordInverse(part, inverseL, lowerUnit);
    recordInverse(part, inverseU, upperTriangle);
    node.save(LU);
    for (const tensor of [p, inverseL, inverseU]) node.save(tensor, true);
  }
  return { LU, pivots, info };
}

/** From the gradient of the packed factors to that of A. With A = [A₁ A₂] or its like for tall ones, of which A₁ is square. */
function factorsBackward(grad: Tensor, context: BackwardContext): Tensor {
  const [packed, p] = [context.saved(0), context.saved(1)];
  const [leftT, rightT] = [turned(context.saved(2)), turned(context.saved(3))];
  const { rows: m, columns: n } = matrixSizes(packed);
  const k = Math.min(m, n);
  const gradL = tril(grad.narrow(-1, 0, k), { diagonal: -1 });
  const gradU = triu(grad.narrow(-2, 0, k));
  const [l, u] = [lowerOf(packed), upperOf(packed)];
  const [u1, l1] = [u.narrow(-1, 0, k), l.narrow(-2, 0, k)];
  let low = turned(l1).matmul(gradL.narrow(-2, 0, k));
  let high = gradU.narrow(-1, 0, k).matmul(turned(u1));
  if (n > k) low = low.sub(gradU.narrow(-1, k, n - k).matmul(turned(u.narrow(-1, k, n - k))));
  if (m > k) high = high.sub(turned(l.narrow(-2, k, m - k)).matmul(gradL.narrow(-2, k, m - k)));
  const square = leftT.matmul(tril(low, { diagonal: -1 }).add(triu(high))).matmul(rightT);
  if (n > k) return p.matmul(cat([square, leftT.matmul(gradU.narrow(-1, k, n - k))], -1));
  if (m > k) return p.matmul(cat([square, gradL.narrow(-2, k, m - k).matmul(rightT)], -2));
  return p.matmul(square);
}

/** Throws where a pivot was found to be 0. */
function checkFactors(op: string, x: Tensor, info: Tensor): Steps<void> {
  return checkInfo(matrixSizes(x).batch, info, (which, pivot) =>
    new ValueError(op, `matrix${which} is singular: pivot ${pivot} is 0. Use luFactorEx or linalg.lu to go on.`)); // prettier-ignore
}

/**
 * L and U of A = P L U in one tensor [*, m, n] (the ones on the diagonal of L left out), and `pivots` [*, min(m, n)]: int32, the
 * row, counted from 1, that each was exchanged with. Throws ValueError for a pivot that is 0, and DeviceError on a device that can only
 * be read asynchronously. torch.linalg.lu_factor
 */
export const luFactor = /* @__PURE__ */ atOnce('luFactor', function* (x: Tensor, options: LUOptions = {}) {
  const { LU, pivots, info } = yield* factor('luFactor', x, options);
  yield* checkFactors('luFactor', x, info);
  letGo([info]);
  return { LU, pivots };
});
/** `luFactor` on every device. */
export const luFactorAsync = /* @__PURE__ */ awaited(luFactor);

/** `luFactorEx` as a part of others. */
export function* factorised(
  op: string,
  x: Tensor,
  { checkErrors = false, ...options }: LUOptions & CheckErrors,
): Steps<LUFactors> {
  const factors = yield* factor(op, x, options);
  if (checkErrors) yield* checkFactors(op, x, factors.info);
  return factors;
}

/** `luFactor` with `info`: which pivot of a matrix is 0, counted from 1, or 0. torch.linalg.lu_factor_ex */
export const luFactorEx = /* @__PURE__ */ atOnce('luFactorEx', (x: Tensor, options: LUOptions & CheckErrors = {}) =>
  factorised('luFactorEx', x, options),
);
/** `luFactorEx` on every device. */
export const luFactorExAsync = /* @__PURE__ */ awaited(luFactorEx);

/** P, [*, m, m], of the pivots of matrices of m rows. */
function* permutation(pivots: Tensor, m: number, like: Tensor): Steps<Tensor> {
  const output = { dtype: like.dtype, shape: [m, m] };
  const [p] = yield* eachMatrix('lu', [pivots.unsqueeze(-1)], [output], ([rows]) => [permutationMatrix(rows, m)]);
  return p;
}

export interface PLU {
  readonly P: Tensor;
  readonly L: Tensor;
  readonly U: Tensor;
}

/**
 * A = P L U of matrices [*, m, n]: P [*, m, m] exchanges rows (empty where `pivot` is false), L [*, m, k] has ones on its
 * diagonal, U [*, k, n], where k is the smaller of m and n. Throws DeviceError on a device that can only be read asynchronously.
 * torch.linalg.lu
 */
export const lu = /* @__PURE__ */ atOnce('lu', function* (x: Tensor, options: LUOptions = {}): Steps<PLU> {
  const { LU, pivots } = yield* factor('lu', x, options);
  const P = options.pivot === false ? x.zeros([0]) : yield* permutation(pivots, matrixSizes(x).rows, x);
  return { P, L: lowerOf(LU), U: upperOf(LU) };
});
/** `lu` on every device. */
export const luAsync = /* @__PURE__ */ awaited(lu);

function checkPivots(op: string, packed: Tensor, pivots: Tensor): void {
  checkMatrices(op, packed);
  checkOperands(op, [packed, pivots]);
  const { batch, rows, columns } = matrixSizes(packed);
  if (pivots.dtype !== 'int32')
    throw new DTypeError(op, `the pivots are ${pivots.dtype}, not int32. Give what luFactor returned.`);
  const expected = [...batch, Math.min(rows, columns)];
  if (String(pivots.shape) !== String(expected))
    throw new ShapeError(op, `the pivots have shape ${show(pivots.shape)}, those of ${show(packed.shape)} have ${show(expected)}. Give what luFactor returned.`); // prettier-ignore
}

export interface LUUnpackOptions {
  /** Give L and U. Default true. */
  readonly unpackData?: boolean;
  /** Give P. Default true. */
  readonly unpackPivots?: boolean;
}

/** P, L and U of what `luFactor` returned; what is not asked for is empty. torch.lu_unpack */
export const luUnpack = /* @__PURE__ */ atOnce(
  'luUnpack',
  function* (LU: Tensor, pivots: Tensor, { unpackData = true, unpackPivots = true }: LUUnpackOptions = {}): Steps<PLU> {
    checkPivots('luUnpack', LU, pivots);
    const P = unpackPivots ? yield* permutation(pivots, matrixSizes(LU).rows, LU) : LU.zeros([0]);
    return unpackData ? { P, L: lowerOf(LU), U: upperOf(LU) } : { P, L: LU.zeros([0]), U: LU.zeros([0]) };
  },
);
/** `luUnpack` on every device. */
export const luUnpackAsync = /* @__PURE__ */ awaited(luUnpack);

export interface LUSolveOptions extends SolveOptions {
  /** Solve with the transpose of A. Default false. */
  readonly adjoint?: boolean;
}

function* solveFactored(op: string, LU: Tensor, pivots: Tensor, b: Tensor, options: LUSolveOptions): Steps<Tensor> {
  const { left = true, adjoint = false } = options;
  if (!left) return turned(yield* solveFactored(op, LU, pivots, turned(b), { adjoint: !adjoint }));
  const p = yield* permutation(pivots, matrixSizes(LU).rows, LU);
  if (!adjoint) {
    const y = yield* divideTriangular(op, LU, turned(p).matmul(b), lowerUnit);
    return yield* divideTriangular(op, LU, y, upperTriangle);
  }
  const y = yield* divideTriangular(op, turned(LU), b, { upper: false });
  return p.matmul(yield* divideTriangular(op, turned(LU), y, { upper: true, unitriangular: true }));
}

/**
 * X of A X = B (`left: false`: X A = B; `adjoint`: with Aᵀ) where A is given as what `luFactor` returned, batches broadcast.
 * Throws DeviceError on a device that can only be read asynchronously. torch.linalg.lu_solve
 */
export const luSolve = /* @__PURE__ */ atOnce(
  'luSolve',
  function* (LU: Tensor, pivots: Tensor, b: Tensor, options: LUSolveOptions = {}) {
    checkSquare('luSolve', LU);
    checkPivots('luSolve', LU, pivots);
    checkMatrices('luSolve', LU, b);
    const side = options.left === false ? b.shape.at(-1) : b.shape.at(-2);
    if (side !== LU.shape.at(-1))
      throw new ShapeError('luSolve', `factors of shape ${show(LU.shape)} do not divide ${show(b.shape)}. Make the sizes equal.`); // prettier-ignore
    return yield* solveFactored('luSolve', LU, pivots, b, options);
  },
);
/** `luSolve` on every device. */
export const luSolveAsync = /* @__PURE__ */ awaited(luSolve);
