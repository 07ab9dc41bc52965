// What torch and torch.Tensor have of their own: older names and conventions of what torch.linalg has. Methods of tensors too.

import type { Tensor } from '../tensor.ts';
import { divideTriangular } from './inverse.ts';
import { factorised, luSolve as solveFactored, luSolveAsync as solveFactoredAsync } from './lu.ts';
import { pseudoInverse } from './pseudo-inverse.ts';
import { orthogonalise, type QR } from './qr.ts';
import { atOnce, awaited, type Steps } from './steps.ts';
import { decomposition } from './svd.ts';
import { turned } from './matrices.ts';

export { cholesky, choleskyAsync, choleskyInverse, choleskyInverseAsync, choleskySolve, choleskySolveAsync } from './cholesky.ts'; // prettier-ignore
export { det, detAsync, logdet, logdetAsync, slogdet, slogdetAsync } from './determinant.ts';
export { inv as inverse, invAsync as inverseAsync } from './inverse.ts';
export { matrixExp, matrixExpAsync, matrixPower, matrixPowerAsync } from './matrix-functions.ts';
export { geqrf, geqrfAsync, householderProduct as orgqr, ormqr, type OrmqrOptions, type Reflections } from './qr.ts';

export interface SomeOptions {
  /** Leave out the vectors that no column needs. Default true. */
  readonly some?: boolean;
}

/** `linalg.qr`, reduced unless `some` is false. torch.qr */
export const qr = /* @__PURE__ */ atOnce('qr', (x: Tensor, { some = true }: SomeOptions = {}): Steps<QR> =>
  orthogonalise('qr', x, some ? 'reduced' : 'complete'),
);
/** `qr` on every device. */
export const qrAsync = /* @__PURE__ */ awaited(qr);

export interface SVDOptions extends SomeOptions {
  /** Compute U and V; without they are zeros. Default true. */
  readonly computeUv?: boolean;
}

export interface SVD {
  readonly U: Tensor;
  /** [*, k], falling. */
  readonly S: Tensor;
  /** Not transposed: `linalg.svd` gives its transpose. */
  readonly V: Tensor;
}

/** A = U diag(S) Vᵀ, reduced unless `some` is false. torch.svd */
export const svd = /* @__PURE__ */ atOnce(
  'svd',
  function* (x: Tensor, { some = true, computeUv = true }: SVDOptions = {}): Steps<SVD> {
    const { U, S, Vh } = yield* decomposition('svd', x, computeUv && !some);
    if (computeUv) return { U, S, V: turned(Vh) };
    const [m = 0, n = 0] = x.shape.slice(-2);
    const batch = x.shape.slice(0, -2);
    return { U: x.zeros([...batch, m, m]), S, V: x.zeros([...batch, n, n]) };
  },
);
/** `svd` on every device. */
export const svdAsync = /* @__PURE__ */ awaited(svd);

export interface PinverseOptions {
  /** Singular values up to this times the largest are taken as 0. Default 1e-15. */
  readonly rcond?: number;
}

/** `linalg.pinv` with another tolerance. torch.pinverse */
export const pinverse = /* @__PURE__ */ atOnce('pinverse', (x: Tensor, { rcond = 1e-15 }: PinverseOptions = {}) =>
  pseudoInverse('pinverse', x, { rtol: rcond }),
);
/** `pinverse` on every device. */
export const pinverseAsync = /* @__PURE__ */ awaited(pinverse);

export interface TriangularSolveOptions {
  /** Which triangle of A to read. Default true. */
  readonly upper?: boolean;
  /** Solve with Aᵀ. Default false. */
  readonly transpose?: boolean;
  /** Take the diagonal of A as ones. Default false. */
  readonly unitriangular?: boolean;
}

export interface TriangularSolution {
  readonly solution: Tensor;
  readonly clonedCoefficient: Tensor;
}

/** X of A X = B for a triangle of A, and a copy of A: `linalg.solveTriangular` with the operands the other way around. torch.triangular_solve */
export const triangularSolve = /* @__PURE__ */ atOnce(
  'triangularSolve',
  function* (
    b: Tensor,
    a: Tensor,
    { upper = true, transpose = false, unitriangular = false }: TriangularSolveOptions = {},
  ): Steps<TriangularSolution> {
    const side = { upper: upper !== transpose, unitriangular };
    const solution = yield* divideTriangular('triangularSolve', transpose ? turned(a) : a, b, side);
    return { solution, clonedCoefficient: a.expand([...solution.shape.slice(0, -2), ...a.shape.slice(-2)]).clone() };
  },
);
/** `triangularSolve` on every device. */
export const triangularSolveAsync = /* @__PURE__ */ awaited(triangularSolve);

export interface LUOptions {
  /** Exchange rows for the largest pivot. Default true. */
  readonly pivot?: boolean;
  /** Return too which pivot of each matrix is 0. Default false. */
  readonly getInfos?: boolean;
}

/**
 * [LU, pivots] as `linalg.luFactor` gives them, or with `getInfos` [LU, pivots, info] as `linalg.luFactorEx` does. Throws ValueError
 * for a pivot that is 0 unless `getInfos` is true. torch.lu
 */
export const lu = /* @__PURE__ */ atOnce('lu', function* (x: Tensor, { getInfos = false, ...options }: LUOptions = {}) {
  const { LU, pivots, info } = yield* factorised('lu', x, { ...options, checkErrors: !getInfos });
  return getInfos ? [LU, pivots, info] : [LU, pivots];
});
/** `lu` on every device. */
export const luAsync = /* @__PURE__ */ awaited(lu);

/** X of A X = B where A is given as what `lu` returned: `linalg.luSolve` with the operands in another order. torch.lu_solve */
export function luSolve(b: Tensor, LU: Tensor, pivots: Tensor): Tensor {
  return solveFactored(LU, pivots, b);
}

/** `luSolve` on every device. */
export function luSolveAsync(b: Tensor, LU: Tensor, pivots: Tensor): Promise<Tensor> {
  return solveFactoredAsync(LU, pivots, b);
}
