// What singular values tell: rank, pseudo-inverse, least squares.

import { ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { noGrad } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import type { TypedArray } from '../kernel/index.ts';
import { broadcastShapes } from '../shape.ts';
import { sumTo } from '../ops/loop.ts';
import { filled } from '../ops/fill.ts';
import { letGo } from '../ops/scratch.ts';
import { where } from '../ops/where.ts';
import { tidy } from '../tidy.ts';
import type { Tensor } from '../tensor.ts';
import { eigen, eigenvaluesOf } from './eigh.ts';
import { checkMatrices, checkSquare, matrixSizes, turned } from './matrices.ts';
import { atOnce, awaited, decided, type Steps } from './steps.ts';
import { decomposition, singularValues } from './svd.ts';

export interface ToleranceOptions {
  /** Singular values up to this are taken as 0. Default 0. */
  readonly atol?: number | Tensor;
  /** Singular values up to this times the largest are taken as 0. Default: if `atol` is not given, the machine epsilon times the larger of m and n. */
  readonly rtol?: number | Tensor;
  /** The matrices are symmetric: eigenvalues of the lower triangle are used instead. Default false. */
  readonly hermitian?: boolean;
}

const epsilon = (x: Tensor): number => (x.dtype === 'float64' ? 2 ** -52 : 2 ** -23);

/** Below what singular values [*, k], none of them negative, are taken as 0, [*, 1]. */
function threshold(x: Tensor, values: Tensor, { atol, rtol }: ToleranceOptions): Tensor {
  const { rows, columns } = matrixSizes(x);
  const ofBatch = (tolerance: number | Tensor): number | Tensor =>
    isTensor(tolerance) ? tolerance.to(values.dtype).unsqueeze(-1) : tolerance;
  const standard = epsilon(x) * Math.max(rows, columns);
  const isGiven = isTensor(atol) ? undefined : (atol ?? 0) > 0;
  // A tensor says for each matrix whether it is given.
  const relative =
    rtol !== undefined ? ofBatch(rtol) : isTensor(atol) ? where(atol.gt(0), 0, values.filled(standard, [])).unsqueeze(-1) : isGiven ? 0 : standard; // prettier-ignore
  const largest = values.amax(-1, { keepdim: true }).mul(relative);
  const absolute = ofBatch(atol ?? 0);
  return isTensor(absolute) ? largest.maximum(absolute) : largest.clampMin(absolute);
}

/** |eigenvalues| or singular values, not in order for the former. */
function* sizesOf(op: string, x: Tensor, hermitian: boolean): Steps<Tensor> {
  return hermitian ? (yield* eigenvaluesOf(op, x, {})).abs() : yield* singularValues(op, x);
}

/**
 * How many singular values of matrices [*, m, n] are above max(atol, rtol · the largest): int32 [*]. `tol` is an `atol` with
 * an `rtol` of 0. Throws ValueError where a matrix is not finite, and DeviceError on a device that can only be read
 * asynchronously. torch.linalg.matrix_rank
 */
export const matrixRank = /* @__PURE__ */ atOnce(
  'matrixRank',
  function* (x: Tensor, { tol, ...options }: ToleranceOptions & { readonly tol?: number | Tensor } = {}) {
    const { hermitian = false } = options;
    if (hermitian) checkSquare('matrixRank', x);
    else checkMatrices('matrixRank', x);
    const { batch, rows, columns } = matrixSizes(x);
    if (rows === 0 || columns === 0) return x.zeros(batch).to('int32');
    const values = yield* sizesOf('matrixRank', x.detach(), hermitian);
    const given = tol === undefined ? options : { ...options, atol: tol, rtol: 0 };
    return values.gt(threshold(x, values, given)).sum(-1);
  },
);
/** `matrixRank` on every device. */
export const matrixRankAsync = /* @__PURE__ */ awaited(matrixRank);

/** Computes without gradients, and leaves the result alone. */
function aside<T>(fn: () => T): T {
  return noGrad(() => tidy(fn));
}

/** The pseudo-inverse of detached matrices, singular values cut by `cut`. */
function fromSingular(u: Tensor, s: Tensor, vh: Tensor, cut: Tensor): Tensor {
  const inverse = where(s.abs().gt(cut), s.reciprocal(), 0);
  return turned(vh).mul(inverse.unsqueeze(-2)).matmul(turned(u));
}

/** From the gradient of a pseudo-inverse P to that of its matrix, as long as the rank stays what it is. */
function pseudoInverseBackward(a: Tensor, p: Tensor, grad: Tensor): Tensor {
  const [pt, gt] = [turned(p), turned(grad)];
  const onRows = gt.sub(a.matmul(p.matmul(gt))).matmul(p.matmul(pt));
  const onColumns = pt.matmul(p).matmul(gt.sub(gt.matmul(p).matmul(a)));
  return onRows.add(onColumns).sub(pt.matmul(grad).matmul(pt));
}

function recordPseudoInverse(x: Tensor, inverse: Tensor): void {
  if (!needsGraph([x])) return;
  const node = recordNode('pinv', [x], [inverse], ([grad], context) => [
    grad && pseudoInverseBackward(context.saved(0), context.saved(1), grad),
  ], { saved: [x] }); // prettier-ignore
  node.save(inverse);
}

export interface PinvOptions extends ToleranceOptions {
  /** Another name of `rtol`. */
  readonly rcond?: number | Tensor;
}

/** The pseudo-inverses of matrices, recorded. */
export function* pseudoInverse(op: string, x: Tensor, { rcond, ...rest }: PinvOptions): Steps<Tensor> {
  const { hermitian = false } = rest;
  if (hermitian) checkSquare(op, x);
  else checkMatrices(op, x);
  const options = rcond === undefined ? rest : { ...rest, rtol: rcond };
  if (x.numel() === 0) return turned(x).clone();
  let inverse: Tensor;
  if (hermitian) {
    const { eigenvalues, eigenvectors } = yield* eigen(op, x.detach(), {});
    inverse = aside(() => {
      const cut = threshold(x, eigenvalues.abs(), options);
      return fromSingular(eigenvectors, eigenvalues, turned(eigenvectors), cut);
    });
    letGo([eigenvalues, eigenvectors]);
  } else {
    const { U, S, Vh } = yield* decomposition(op, x.detach(), false);
    inverse = aside(() => fromSingular(U, S, Vh, threshold(x, S, options)));
    letGo([U, S, Vh]);
  }
  recordPseudoInverse(x, inverse);
  return inverse;
}

/**
 * The pseudo-inverse (Moore-Penrose) [*, n, m] of matrices [*, m, n], taking singular values up to max(atol, rtol · the largest) as
 * 0. Throws ValueError where a matrix is not finite, and DeviceError on a device that can only be read asynchronously. torch.linalg.pinv
 */
export const pinv = /* @__PURE__ */ atOnce('pinv', (x: Tensor, options: PinvOptions = {}) =>
  pseudoInverse('pinv', x, options),
);
/** `pinv` on every device. */
export const pinvAsync = /* @__PURE__ */ awaited(pinv);

const drivers = ['gels', 'gelsy', 'gelsd', 'gelss'] as const;

export interface LstsqOptions {
  /** Singular values up to this times the largest are taken as 0 (not by 'gels'). Default: the machine epsilon times the larger of m and n. */
  readonly rcond?: number;
  /**
   * What is returned beside the solution: 'gels', for matrices of full rank, residuals; 'gelsy', the default, the rank; 'gelsd' and
   * 'gelss' residuals, rank and singular values.
   */
  readonly driver?: (typeof drivers)[number];
}

export interface Lstsq {
  readonly solution: Tensor;
  /** Σ of the squared errors of each column where m > n and every matrix has full rank; else empty. */
  readonly residuals: Tensor;
  /** int32. */
  readonly rank: Tensor;
  readonly singularValues: Tensor;
}

const isAsFull = [
  (recorded: boolean, now: boolean) => recorded === now,
  'a matrix has full rank where one had not when it was recorded, or the other way around, and residuals are for full rank only',
] as const;

/** Records the gradient of a solution, the pseudo-inverse and A X = B given. */
function recordLeastSquares(a: Tensor, b: Tensor, inverse: Tensor, solution: Tensor): void {
  recordPseudoInverse(a, inverse);
  if (!needsGraph([a, b])) return;
  const [shapeA, shapeB] = [a.shape, b.shape];
  const node = recordNode('lstsq', [a, b], [solution], ([grad], context) => {
    if (!grad) return [];
    const [x, y, p] = [context.saved(0), context.saved(1), context.saved(2)];
    const gradA = (): Tensor => pseudoInverseBackward(x, p, grad.matmul(turned(y)));
    return [
      context.needs(0) ? sumTo(gradA(), shapeA) : undefined,
      context.needs(1) ? sumTo(turned(p).matmul(grad), shapeB) : undefined,
    ];
  }, { saved: [a, b] }); // prettier-ignore
  node.save(inverse, true);
}

/** The X of `lstsq` for vectors that are given as matrices. */
function* leastSquares(a: Tensor, b: Tensor, { driver = 'gelsy', rcond }: LstsqOptions): Steps<Lstsq> {
  const { batch, rows: m, columns: n } = matrixSizes(a);
  const [gives, wantsValues] = [m > n && driver !== 'gelsy', driver === 'gelsd' || driver === 'gelss'];
  const residualsOf = (x: Tensor): Tensor => aside(() => a.matmul(x).sub(b).square().sum(-2));
  const none = (): Tensor => a.zeros([0]);
  const noRank = (): Tensor => filled(a.device, 'int32', driver === 'gels' ? [0] : batch, 0);
  if (m === 0 || n === 0) {
    const solution = turned(a).matmul(b);
    const singularValues = wantsValues ? a.zeros([...batch, 0]) : none();
    return { solution, residuals: gives ? residualsOf(solution) : none(), rank: noRank(), singularValues };
  }
  const { U, S, Vh } = yield* decomposition('lstsq', a.detach(), false);
  const cut = aside(() => (driver === 'gels' ? S.zeros([1]) : threshold(a, S, rcond === undefined ? {} : { rtol: rcond }))); // prettier-ignore
  const ranks = aside(() => S.gt(cut).sum(-1));
  const inverse = aside(() => fromSingular(U, S, Vh, cut));
  const solution = aside(() => turned(Vh).matmul(turned(U).matmul(b).mul(where(S.gt(cut), S.reciprocal(), 0).unsqueeze(-1)))); // prettier-ignore
  recordLeastSquares(a, b, inverse, solution);
  const isFull = (found: TypedArray): boolean => found.every((rank) => rank === n);
  const hasResiduals = gives && (driver === 'gels' || (yield* decided('lstsq', ranks, isFull, isAsFull)));
  const residuals = hasResiduals ? residualsOf(solution) : none();
  letGo([U, Vh, cut]);
  if (!wantsValues) letGo([S]);
  if (driver === 'gels') letGo([ranks]);
  return {
    solution,
    residuals,
    rank: driver === 'gels' ? noRank() : ranks,
    singularValues: wantsValues ? S : none(),
  };
}

/**
 * The X with the least ‖A X − B‖, of several the shortest, for A [*, m, n] and B [*, m, k] or vectors [*, m], batches broadcast. Only the
 * solution has a gradient. Throws ValueError where a matrix is not finite and where a recording is replayed for which residuals come or
 * go, and DeviceError on a device that can only be read asynchronously. torch.linalg.lstsq
 */
export const lstsq = /* @__PURE__ */ atOnce(
  'lstsq',
  function* (a: Tensor, given: Tensor, options: LstsqOptions = {}): Steps<Lstsq> {
    const { driver = 'gelsy' } = options;
    if (!drivers.includes(driver))
      throw new ValueError('lstsq', `there is no driver '${String(driver)}'. Use '${drivers.join("', '")}'.`);
    checkMatrices('lstsq', a, given.shape.length === 1 ? given.unsqueeze(-1) : given);
    const isVector = a.shape.length - given.shape.length === 1 && String(given.shape) === String(a.shape.slice(0, -1));
    const b = isVector ? given.unsqueeze(-1) : given;
    if (b.shape.length < 2 || b.shape.at(-2) !== a.shape.at(-2))
      throw new ShapeError('lstsq', `A is ${show(a.shape)}, B ${show(given.shape)}. B needs as many rows as A.`);
    broadcastShapes('lstsq', [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    const found = yield* leastSquares(a, b, options);
    return isVector ? { ...found, solution: found.solution.squeeze(-1) } : found;
  },
);
/** `lstsq` on every device. */
export const lstsqAsync = /* @__PURE__ */ awaited(lstsq);
