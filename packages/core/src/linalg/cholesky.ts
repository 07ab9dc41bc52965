// A = L Lᵀ of symmetric positive-definite matrices.

import { ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';

import { sumTo } from '../ops/loop.ts';
import { letGo } from '../ops/scratch.ts';
import { tril } from '../ops/triangle.ts';
import type { Tensor } from '../tensor.ts';
import { factorCholesky } from './host/cholesky.ts';
import { identity, substitute } from './host/triangle.ts';
import { recordInverse, type CheckErrors } from './inverse.ts';
import { checkMatrices, checkSquare, matrixSizes, turned } from './matrices.ts';
import { atOnce, awaited, checkInfo, eachMatrix, type Steps } from './steps.ts';

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
  const { dtype } = x;
  const { rows: n } = matrixSizes(x);
  const isRecorded = needsGraph([x]);
  const outputs = [
    { dtype, shape: [n, n] },
    { dtype: 'int32', shape: [] },
    { dtype, shape: isRecorded ? [n, n] : [0] },
  ] as const;
  const [L, info, inverse] = yield* eachMatrix(op, [x], outputs, ([a]) => {
    const found = factorCholesky(a, n);
    const whole = identity(isRecorded ? n : 0);
    if (isRecorded) substitute(a, n, n, whole, n, lower);
    return [a, [found], whole];
  });
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

function checkDefinite(x: Tensor, info: Tensor): Steps<void> {
  return checkInfo(matrixSizes(x).batch, info, (which, order) =>
    new ValueError('cholesky', `matrix${which} is not positive-definite: its leading minor of order ${order} is not positive. Use choleskyEx to go on, or add to its diagonal.`)); // prettier-ignore
}

/**
 * L, lower triangular with a positive diagonal, of A = L Lᵀ for symmetric positive-definite A [*, n, n], of which it reads one
 * triangle; with `upper` Lᵀ. Throws ValueError for an A that is not positive-definite, and DeviceError on a device that can only
 * be read asynchronously. torch.linalg.cholesky
 */
export const cholesky = /* @__PURE__ */ atOnce('cholesky', function* (x: Tensor, options: UpperOptions = {}) {
  const { L, info } = yield* factor('cholesky', x, options);
  yield* checkDefinite(x, info);
  letGo([info]);
  return L;
});
/** `cholesky` on every device. */
export const choleskyAsync = /* @__PURE__ */ awaited(cholesky);

/** `cholesky` that says in `info` which leading minor is not positive (0: none) and does not throw. torch.linalg.cholesky_ex */
export const choleskyEx = /* @__PURE__ */ atOnce(
  'choleskyEx',
  function* (x: Tensor, { checkErrors = false, ...options }: UpperOptions & CheckErrors = {}) {
    const factors = yield* factor('choleskyEx', x, options);
    if (checkErrors) yield* checkDefinite(x, factors.info);
    return factors;
  },
);
/** `choleskyEx` on every device. */
export const choleskyExAsync = /* @__PURE__ */ awaited(choleskyEx);

/** The matrix whose factor L is, turned if need be: that is how PyTorch's gradients take it. */
const inner = (l: Tensor, g: Tensor, upper: boolean): Tensor => (upper ? l.matmul(g) : g.matmul(l)).neg();

/** (L Lᵀ)⁻¹, recorded. */
function* inverseOf(op: string, l: Tensor, upper: boolean): Steps<Tensor> {
  checkSquare(op, l);
  const { rows: n } = matrixSizes(l);
  const [inverse] = yield* eachMatrix(op, [l], [{ dtype: l.dtype, shape: [n, n] }], ([triangle]) => {
    const made = identity(n);
    solveOne(triangle, n, made, n, upper);
    return [made];
  });
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

/**
 * (L Lᵀ)⁻¹, with `upper` (Uᵀ U)⁻¹, of factors [*, n, n] of which it reads that triangle. Throws DeviceError on a device that can
 * only be read asynchronously. torch.cholesky_inverse
 */
export const choleskyInverse = /* @__PURE__ */ atOnce(
  'choleskyInverse',
  (l: Tensor, { upper = false }: UpperOptions = {}) => inverseOf('choleskyInverse', l, upper),
);
/** `choleskyInverse` on every device. */
export const choleskyInverseAsync = /* @__PURE__ */ awaited(choleskyInverse);

/**
 * X of A X = B where A = L Lᵀ, with `upper` Uᵀ U, is given by its factor [*, n, n]; B [*, n, k], batches broadcast. Throws
 * DeviceError on a device that can only be read asynchronously. torch.cholesky_solve
 */
export const choleskySolve = /* @__PURE__ */ atOnce(
  'choleskySolve',
  function* (b: Tensor, l: Tensor, { upper = false }: UpperOptions = {}) {
    checkSquare('choleskySolve', l);
    checkMatrices('choleskySolve', b, l);
    const n = l.shape.at(-1) ?? 0;
    const columns = b.shape.at(-1) ?? 0;
    if (b.shape.at(-2) !== n)
      throw new ShapeError('choleskySolve', `a factor of shape ${show(l.shape)} does not divide ${show(b.shape)}. Make the sizes equal.`); // prettier-ignore
    const output = { dtype: b.dtype, shape: [n, columns] };
    const [result] = yield* eachMatrix('choleskySolve', [b, l], [output], ([x, triangle]) => {
      solveOne(triangle, n, x, columns, upper);
      return [x];
    });
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
  },
);
/** `choleskySolve` on every device. */
export const choleskySolveAsync = /* @__PURE__ */ awaited(choleskySolve);
