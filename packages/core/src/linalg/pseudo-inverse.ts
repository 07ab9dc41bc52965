// What singular values tell: rank, pseudo-inverse, least squares.

import { ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { noGrad } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import { broadcastShapes } from '../shape.ts';
import { sumTo } from '../ops/loop.ts';
import { where } from '../ops/where.ts';
import type { Tensor } from '../tensor.ts';
import { eigen } from './eigh.ts';
import { checkMatrices, checkSquare, matrixSizes, turned } from './matrices.ts';
import { bothForms, elements, type Steps } from './steps.ts';
import { decomposition } from './svd.ts';

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
  if (hermitian) return (yield* eigen(op, x, {})).eigenvalues.abs();
  return (yield* decomposition(op, x, false)).S;
}

const rankForms = bothForms(
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
/**
 * How many singular values of matrices [*, m, n] are above max(atol, rtol · the largest): int32 [*]. `tol` is an `atol` with
 * an `rtol` of 0. Throws ValueError where a matrix is not finite, and DeviceError on a device that can only be read
 * asynchronously. torch.linalg.matrix_rank
 */
export const matrixRank = rankForms.now;
/** `matrixRank` on every device. */
export const matrixRankAsync = rankForms.later;

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
  const { batch, rows, columns } = matrixSizes(x);
  let inverse: Tensor;
  if (rows === 0 || columns === 0) inverse = x.zeros([...batch, columns, rows]);
  else if (hermitian) {
    const { eigenvalues, eigenvectors } = yield* eigen(op, x.detach(), {});
    const cut = threshold(x, eigenvalues.abs(), options);
    inverse = noGrad(() => fromSingular(eigenvectors, eigenvalues, turned(eigenvectors), cut));
  } else {
    const { U, S, Vh } = yield* decomposition(op, x.detach(), false);
    inverse = noGrad(() => fromSingular(U, S, Vh, threshold(x, S, options)));
  }
  recordPseudoInverse(x, inverse);
  return inverse;
}

const pinvForms = bothForms('pinv', function* (x: Tensor, options: PinvOptions = {}) {
  return yield* pseudoInverse('pinv', x, options);
});
/**
 * The pseudo-inverse (Moore-Penrose) [*, n, m] of matrices [*, m, n], taking singular values up to max(atol, rtol · the largest) as
 * 0. Throws ValueError where a matrix is not finite, and DeviceError on a device that can only be read asynchronously. torch.linalg.pinv
 */
export const pinv = pinvForms.now;
/** `pinv` on every device. */
export const pinvAsync = pinvForms.later;

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

const lstsqForms = bothForms('lstsq', function* (a: Tensor, given: Tensor, options: LstsqOptions = {}): Steps<Lstsq> {
  const { driver = 'gelsy', rcond } = options;
  if (!drivers.includes(driver))
    throw new ValueError('lstsq', `there is no driver '${String(driver)}'. Use '${drivers.join("', '")}'.`);
  checkMatrices('lstsq', a, given.shape.length === 1 ? given.unsqueeze(-1) : given);
  const isVector = a.shape.length - given.shape.length === 1 && String(given.shape) === String(a.shape.slice(0, -1));
  const b = isVector ? given.unsqueeze(-1) : given;
  const { batch: ownA, rows: m, columns: n } = matrixSizes(a);
  if (b.shape.length < 2 || b.shape.at(-2) !== m)
    throw new ShapeError('lstsq', `A is ${show(a.shape)}, B ${show(given.shape)}. B needs as many rows as A.`);
  const batch = broadcastShapes('lstsq', [ownA, b.shape.slice(0, -2)]);
  const none = a.zeros([0]);
  const noRank = none.to('int32');
  if (m === 0 || n === 0) {
    const solution = a.zeros([...batch, n, b.shape.at(-1) ?? 0]);
    const rank = driver === 'gels' ? noRank : a.zeros(ownA).to('int32');
    const singularValues = driver === 'gelsd' || driver === 'gelss' ? a.zeros([...ownA, 0]) : none;
    const residuals = m > n && driver !== 'gelsy' ? b.detach().square().sum(-2).expand([...batch, b.shape.at(-1) ?? 0]).clone() : none; // prettier-ignore
    return { solution: isVector ? solution.squeeze(-1) : solution, residuals, rank, singularValues };
  }
  const { U, S, Vh } = yield* decomposition('lstsq', a.detach(), false);
  const cut = driver === 'gels' ? S.zeros([1]) : threshold(a, S, rcond === undefined ? {} : { rtol: rcond });
  const rank = S.gt(cut).sum(-1);
  const inverse = noGrad(() => fromSingular(U, S, Vh, cut));
  recordPseudoInverse(a, inverse);
  const solution = noGrad(() => {
    const s = where(S.gt(cut), S.reciprocal(), 0).unsqueeze(-1);
    return turned(Vh).matmul(turned(U).matmul(b).mul(s));
  });
  if (needsGraph([a, b])) {
    const { shape: shapeA } = a;
    const { shape: shapeB } = b;
    recordNode('lstsq', [a, b], [solution], ([grad], context) => {
      if (!grad) return [];
      const [x, y, p] = [context.saved(0), context.saved(1), context.saved(2)];
      const gradA = (): Tensor => pseudoInverseBackward(x, p, grad.matmul(turned(y)));
      return [
        context.needs(0) ? sumTo(gradA(), shapeA) : undefined,
        context.needs(1) ? sumTo(turned(p).matmul(grad), shapeB) : undefined,
      ];
    }, { saved: [a, b, inverse] }); // prettier-ignore
  }
  let residuals = none;
  if (m > n && driver !== 'gelsy' && (driver === 'gels' || (yield* elements(rank)).every((r) => r === n)))
    residuals = noGrad(() => a.matmul(solution).sub(b).square().sum(-2));
  return {
    solution: isVector ? solution.squeeze(-1) : solution,
    residuals,
    rank: driver === 'gels' ? noRank : rank,
    singularValues: driver === 'gelsd' || driver === 'gelss' ? S : none,
  };
});
/**
 * The X with the least ‖A X − B‖, of several the shortest, for A [*, m, n] and B [*, m, k] or vectors [*, m], batches broadcast. Only the
 * solution has a gradient. Throws ValueError where a matrix is not finite, and DeviceError on a device that can only be read
 * asynchronously. torch.linalg.lstsq
 */
export const lstsq = lstsqForms.now;
/** `lstsq` on every device. */
export const lstsqAsync = lstsqForms.later;
