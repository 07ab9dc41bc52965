// A = L Lᵀ of symmetric positive-definite matrices.

import { ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { broadcastShapes } from '../shape.ts';
import { sumTo } from '../ops/loop.ts';
import { tril } from '../ops/triangle.ts';
import type { Tensor } from '../tensor.ts';
import { factorCholesky } from './host/cholesky.ts';
import { identity, substitute } from './host/triangle.ts';
import { recordInverse, type CheckErrors } from './inverse.ts';
import { checkMatrices, checkSquare, matrixOf, matrixSizes, placesOf, turned, whichOf } from './matrices.ts';
import { bothForms, computed, type Steps } from './steps.ts';

const lower = { upper: false, unitriangular: false };

export interface UpperOptions {
  /** Read and give the upper triangle, whose transpose L is. Default false. */
  readonly upper?: boolean;
}

export interface CholeskyFactor {
  readonly L: Tensor;
  /** int32, one per matrix: 0, or the order of the first leading minor that is not positive. */
  readonly info: Tensor;
}

/** The factors of matrices, recorded. */
function* factor(op: string, given: Tensor, { upper = false }: UpperOptions): Steps<CholeskyFactor> {
  checkSquare(op, given);
  const x = upper ? turned(given) : given;
  const { batch, rows: n, count } = matrixSizes(x);
  const { dtype, shape } = x;
  const isRecorded = needsGraph([x]);
  const specs = [
    { dtype, shape },
    { dtype: 'int32', shape: batch },
    { dtype, shape: isRecorded ? shape : [0] },
  ] as const;
  const [L, info, inverse] = (yield* computed([x], specs, ([data], [factors, found, inverses]) => {
    for (let k = 0; k < count; k++) {
      const a = matrixOf(data, k, n * n);
      if (found) found[k] = factorCholesky(a, n);
      factors?.set(a, k * n * n);
      if (!isRecorded) continue;
      const whole = identity(n);
      substitute(a, n, n, whole, n, lower);
      inverses?.set(whole, k * n * n);
    }
  })) as [Tensor, Tensor, Tensor];
  if (isRecorded) {
    // dA = L⁻ᵀ Φ(Lᵀ dL) L⁻¹, made symmetric; Φ halves the diagonal of the lower triangle.
    const node = recordNode('cholesky', [x], [L], ([grad], context) => {
      if (!grad) return [];
      const [l, y] = [context.saved(0), context.saved(1)];
      const low = tril(turned(l).matmul(grad));
      const symmetric = low.add(turned(tril(low, { diagonal: -1 }))).mul(0.5);
      return [turned(y).matmul(symmetric).matmul(y)];
    });
    recordInverse(L, inverse, lower);
    node.save(L);
    node.save(inverse, true);
  }
  return { L: upper ? turned(L) : L, info };
}

function* checkDefinite(batch: readonly number[], info: Tensor): Steps<void> {
  yield {
    reads: [info],
    run([found]) {
      const k = found?.findIndex((n) => n !== 0) ?? -1;
      if (k < 0) return;
      throw new ValueError('cholesky', `matrix${whichOf(batch, k)} is not positive-definite: its leading minor of order ${found?.[k]} is not positive. Use choleskyEx to go on, or add to its diagonal.`); // prettier-ignore
    },
  };
}

const forms = bothForms('cholesky', function* (x: Tensor, options: UpperOptions = {}) {
  const { L, info } = yield* factor('cholesky', x, options);
  yield* checkDefinite(matrixSizes(x).batch, info);
  return L;
});
/**
 * L, lower triangular with a positive diagonal, of A = L Lᵀ for symmetric positive-definite A [*, n, n], of which it reads one
 * triangle; with `upper` Lᵀ. Throws ValueError for an A that is not positive-definite, and DeviceError on a device that can only
 * be read asynchronously. torch.linalg.cholesky
 */
export const cholesky = forms.now;
/** `cholesky` on every device. */
export const choleskyAsync = forms.later;

const exForms = bothForms(
  'choleskyEx',
  function* (x: Tensor, { checkErrors = false, ...options }: UpperOptions & CheckErrors = {}) {
    const factors = yield* factor('choleskyEx', x, options);
    if (checkErrors) yield* checkDefinite(matrixSizes(x).batch, factors.info);
    return factors;
  },
);
/** `cholesky` that says in `info` which leading minor is not positive (0: none) and does not throw. torch.linalg.cholesky_ex */
export const choleskyEx = exForms.now;
/** `choleskyEx` on every device. */
export const choleskyExAsync = exForms.later;

/** The matrix whose factor L is, turned if need be: that is how PyTorch's gradients take it. */
const inner = (l: Tensor, g: Tensor, upper: boolean): Tensor => (upper ? l.matmul(g) : g.matmul(l)).neg();

/** (L Lᵀ)⁻¹, recorded. */
function* inverseOf(op: string, l: Tensor, upper: boolean): Steps<Tensor> {
  checkSquare(op, l);
  const { rows: n, count } = matrixSizes(l);
  const [inverse] = (yield* computed([l], [{ dtype: l.dtype, shape: l.shape }], ([data], [result]) => {
    for (let k = 0; k < count; k++) {
      const made = identity(n);
      solveOne(matrixOf(data, k, n * n), n, made, n, upper);
      result?.set(made, k * n * n);
    }
  })) as [Tensor];
  if (needsGraph([l])) {
    const node = recordNode('choleskyInverse', [l], [inverse], ([grad], context) => {
      const y = context.saved(1);
      return [grad && inner(context.saved(0), y.matmul(grad.add(turned(grad))).matmul(y), upper)];
    }, { saved: [l] }); // prettier-ignore
    node.save(inverse);
  }
  return inverse;
}

/** Divides b by the matrix that a triangle is the factor of. */
function solveOne(triangle: Float64Array, n: number, b: Float64Array, columns: number, upper: boolean): void {
  const l = triangle;
  const transposed = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) transposed[j * n + i] = l[i * n + j] ?? 0;
  substitute(upper ? transposed : l, n, n, b, columns, lower);
  substitute(upper ? l : transposed, n, n, b, columns, { upper: true, unitriangular: false });
}

const inverseForms = bothForms('choleskyInverse', function* (l: Tensor, { upper = false }: UpperOptions = {}) {
  return yield* inverseOf('choleskyInverse', l, upper);
});
/**
 * (L Lᵀ)⁻¹, with `upper` (Uᵀ U)⁻¹, of factors [*, n, n] of which it reads that triangle. Throws DeviceError on a device that can
 * only be read asynchronously. torch.cholesky_inverse
 */
export const choleskyInverse = inverseForms.now;
/** `choleskyInverse` on every device. */
export const choleskyInverseAsync = inverseForms.later;

const solveForms = bothForms('choleskySolve', function* (b: Tensor, l: Tensor, { upper = false }: UpperOptions = {}) {
  checkSquare('choleskySolve', l);
  checkMatrices('choleskySolve', b, l);
  const n = l.shape.at(-1) ?? 0;
  const columns = b.shape.at(-1) ?? 0;
  if (b.shape.at(-2) !== n)
    throw new ShapeError('choleskySolve', `a factor of shape ${show(l.shape)} does not divide ${show(b.shape)}. Make the sizes equal.`); // prettier-ignore
  const [ownB, ownL] = [b.shape.slice(0, -2), l.shape.slice(0, -2)];
  const batch = broadcastShapes('choleskySolve', [ownB, ownL]);
  const spec = { dtype: b.dtype, shape: [...batch, n, columns] };
  const [result] = (yield* computed([b, l], [spec], ([dataB, dataL], [made]) => {
    const placesL = placesOf(ownL, batch);
    placesOf(ownB, batch).forEach((place, k) => {
      const x = matrixOf(dataB, place, n * columns);
      solveOne(matrixOf(dataL, placesL[k] ?? 0, n * n), n, x, columns, upper);
      made?.set(x, k * n * columns);
    });
  })) as [Tensor];
  if (needsGraph([b, l])) {
    const inverse = yield* inverseOf('choleskySolve', l, upper);
    const { shape: shapeB } = b;
    const { shape: shapeL } = l;
    const node = recordNode('choleskySolve', [b, l], [result], ([grad], context) => {
      if (!grad) return [];
      const g = context.saved(1).matmul(grad);
      const common = (): Tensor => {
        const product = g.matmul(turned(context.saved(2)));
        return inner(context.saved(0), product.add(turned(product)), upper);
      };
      return [
        context.needs(0) ? sumTo(g, shapeB) : undefined,
        context.needs(1) ? sumTo(common(), shapeL) : undefined,
      ];
    }, { saved: [l] }); // prettier-ignore
    node.save(inverse, true);
    node.save(result);
  }
  return result;
});
/**
 * X of A X = B where A = L Lᵀ, with `upper` Uᵀ U, is given by its factor [*, n, n]; B [*, n, k], batches broadcast. Throws
 * DeviceError on a device that can only be read asynchronously. torch.cholesky_solve
 */
export const choleskySolve = solveForms.now;
/** `choleskySolve` on every device. */
export const choleskySolveAsync = solveForms.later;
