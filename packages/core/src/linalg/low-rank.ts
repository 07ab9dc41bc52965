// Singular values of large matrices of low rank, from a few random combinations of their columns. N. Halko, P.-G. Martinsson, J. Tropp,
// "Finding structure with randomness", SIAM Review 53 (2011), algorithms 4.4 and 5.1: https://arxiv.org/abs/0909.4061

import { needsGraph } from '../autograd/state.ts';
import { ValueError } from '../errors.ts';
import { randn } from '../random/random-tensors.ts';
import { letGo } from '../ops/scratch.ts';
import type { Tensor } from '../tensor.ts';
import { checkMatrices, matrixSizes, turned } from './matrices.ts';
import { orthogonalise } from './qr.ts';
import { atOnce, awaited, type Steps } from './steps.ts';
import { decomposition } from './svd.ts';
import type { SVD } from './torch-names.ts';

function checkCount(op: string, name: string, n: number, most = Infinity): void {
  if (Number.isInteger(n) && n >= 0 && n <= most) return;
  const range = most === Infinity ? 'a whole number ≥ 0' : `a whole number from 0 to ${most}`;
  throw new ValueError(op, `${name} is ${n}. It must be ${range}.`);
}

/** Orthonormal columns that span what the columns of x do. x is let go. */
function* orthonormal(op: string, x: Tensor): Steps<Tensor> {
  const { Q, R } = yield* orthogonalise(op, x, 'reduced');
  for (const used of [x, R]) letGo([used]);
  return Q;
}

/** Orthonormal columns that span nearly what the columns of A do. */
function* basis(op: string, A: Tensor, q: number, niter: number): Steps<Tensor> {
  const { columns } = matrixSizes(A);
  const random = randn([columns, q], { dtype: A.dtype as 'float32', device: A.device });
  let Q = yield* orthonormal(op, A.matmul(random));
  if (!needsGraph([A])) letGo([random]);
  for (let i = 0; i < 2 * niter; i++) {
    const next: Tensor = yield* orthonormal(op, (i % 2 === 0 ? turned(A) : A).matmul(Q));
    letGo([Q]);
    Q = next;
  }
  return Q;
}

function* lowRank(op: string, A: Tensor, q: number, niter: number): Steps<SVD> {
  const { rows: m, columns: n } = matrixSizes(A);
  const isTurned = m < n || n > q;
  const Q = yield* basis(op, isTurned ? turned(A) : A, q, niter);
  const small = isTurned ? A.matmul(Q) : turned(Q).matmul(A);
  const { U, S, Vh } = yield* decomposition(op, small, false);
  const V = turned(Vh);
  const found = isTurned ? { U, S, V: Q.matmul(V) } : { U: Q.matmul(U), S, V };
  for (const used of [small, Q, isTurned ? Vh : U]) letGo([used]);
  return found;
}

export interface SvdLowrankOptions {
  /** A slight overestimate of the rank, at most the number of rows. Default 6. */
  readonly q?: number;
  /** How often to refine the random directions. Default 2. */
  readonly niter?: number;
  /** Taken from the matrices first; it broadcasts. */
  readonly M?: Tensor;
}

/**
 * A ≈ U diag(S) Vᵀ of matrices [*, m, n] of a rank of about q, or fewer: U [*, m, q], S [*, q], V [*, n, q]. It draws from the
 * generator that `manualSeed` seeds. Throws ValueError for a q of more than m, and DeviceError on a device that can only be read
 * asynchronously. torch.svd_lowrank
 */
export const svdLowrank = /* @__PURE__ */ atOnce(
  'svdLowrank',
  function* (A: Tensor, { q = 6, niter = 2, M }: SvdLowrankOptions = {}): Steps<SVD> {
    checkMatrices('svdLowrank', A);
    checkCount('svdLowrank', 'q', q, matrixSizes(A).rows);
    checkCount('svdLowrank', 'niter', niter);
    const rest = M ? A.sub(M) : A;
    const found = yield* lowRank('svdLowrank', rest, q, niter);
    if (M) letGo([rest]);
    return found;
  },
);
/** `svdLowrank` on every device. */
export const svdLowrankAsync = /* @__PURE__ */ awaited(svdLowrank);

export interface PcaLowrankOptions {
  /** A slight overestimate of the rank, at most the smaller size. Default: the smaller size, at most 6. */
  readonly q?: number;
  /** Take the mean of each column from it first. Default true. */
  readonly center?: boolean;
  /** How often to refine the random directions. Default 2. */
  readonly niter?: number;
}

/**
 * The principal components of samples [*, m, n], rows of n features: the columns of V are the principal directions, and S² / (m − 1)
 * the variances along them. As `svdLowrank` of the centered samples. torch.pca_lowrank
 */
export const pcaLowrank = /* @__PURE__ */ atOnce(
  'pcaLowrank',
  function* (A: Tensor, { q, center = true, niter = 2 }: PcaLowrankOptions = {}): Steps<SVD> {
    checkMatrices('pcaLowrank', A);
    const { rows, columns } = matrixSizes(A);
    const most = Math.min(rows, columns);
    const count = q ?? Math.min(6, most);
    checkCount('pcaLowrank', 'q', count, most);
    checkCount('pcaLowrank', 'niter', niter);
    if (!center) return yield* lowRank('pcaLowrank', A, count, niter);
    const mean = A.mean(-2, { keepdim: true });
    const centered = A.sub(mean);
    const found = yield* lowRank('pcaLowrank', centered, count, niter);
    for (const used of [centered, mean]) letGo([used]);
    return found;
  },
);
/** `pcaLowrank` on every device. */
export const pcaLowrankAsync = /* @__PURE__ */ awaited(pcaLowrank);
