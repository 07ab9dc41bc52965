// Dividing by matrices. The gradients are products with the inverse, which the host makes beside the result: backward then
// reads nothing, and works on every device. The inverse is recorded too, as a function of its matrix, for second gradients.

import { ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from '../ops/loop.ts';
import { letGo } from '../ops/scratch.ts';
import { tril, triu } from '../ops/triangle.ts';
import { factorLU, permuteRows } from './host/lu.ts';
import { identity, substitute, type Triangle } from './host/triangle.ts';
import { checkMatrices, checkSquare, matrixOf, matrixSizes, placesOf, turned } from './matrices.ts';
import { atOnce, awaited, checkInfo, computed, eachMatrix, type Steps } from './steps.ts';

/** What of a matrix counts: all of it, or a triangle. */
export type Kind = 'general' | Triangle;

/** The part of a gradient that belongs to what counts. */
function partOf(g: Tensor, kind: Kind): Tensor {
  if (kind === 'general') return g;
  const { upper, unitriangular } = kind;
  const diagonal = unitriangular ? 1 : 0;
  return upper ? triu(g, { diagonal }) : tril(g, { diagonal: -diagonal });
}

interface Divisor {
  /** The first pivot that is 0, counted from 1, or 0. */
  readonly info: number;
  /** Turns b, of `columns` columns, into the solution. */
  solve(b: Float64Array, columns: number): void;
}

function divisorOf(a: Float64Array, n: number, kind: Kind): Divisor {
  if (kind !== 'general') return { info: 0, solve: (b, columns) => void substitute(a, n, n, b, columns, kind) };
  const pivots = new Int32Array(n);
  const info = factorLU(a, n, n, pivots);
  return {
    info,
    solve(b, columns) {
      permuteRows(b, columns, pivots);
      substitute(a, n, n, b, columns, { upper: false, unitriangular: true });
      substitute(a, n, n, b, columns, { upper: true, unitriangular: false });
    },
  };
}

/** Records how an inverse depends on its matrix: dX = −X dA X. */
export function recordInverse(x: Tensor, inverse: Tensor, kind: Kind): void {
  if (!needsGraph([x])) return;
  const node = recordNode('inv', [x], [inverse], ([grad], context) => {
    const y = turned(context.saved(0));
    return [grad && partOf(y.matmul(grad).matmul(y).neg(), kind)];
  });
  node.save(inverse);
}

export interface Inverse {
  readonly inverse: Tensor;
  /** int32, one per matrix: 0, or which pivot is 0, counted from 1. */
  readonly info: Tensor;
}

/** The inverses of matrices, or of triangles of them. */
export function* invert(x: Tensor, kind: Kind = 'general'): Steps<Inverse> {
  const { rows: n } = matrixSizes(x);
  const outputs = [
    { dtype: x.dtype, shape: [n, n] },
    { dtype: 'int32', shape: [] },
  ] as const;
  const [inverse, info] = yield* eachMatrix('inv', [x], outputs, ([a]) => {
    const divisor = divisorOf(a, n, kind);
    const made = identity(n);
    divisor.solve(made, n);
    return [made, [divisor.info]];
  });
  recordInverse(x, inverse, kind);
  return { inverse, info };
}

export interface Solution {
  readonly result: Tensor;
  /** int32, one per matrix: 0, or which pivot is 0, counted from 1. */
  readonly info: Tensor;
}

/** X of A X = B for matrices whose batches broadcast. */
export function* divide(op: string, a: Tensor, b: Tensor, kind: Kind = 'general'): Steps<Solution> {
  const n = a.shape.at(-1) ?? 0;
  const columns = b.shape.at(-1) ?? 0;
  if (b.shape.at(-2) !== n)
    throw new ShapeError(op, `${show(a.shape)} does not divide ${show(b.shape)}: ${n} and ${b.shape.at(-2)} rows. Make them equal.`); // prettier-ignore
  const [ownA, ownB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcastShapes(op, [ownA, ownB]);
  const isRecorded = needsGraph([a, b]);
  const specs = [
    { dtype: a.dtype, shape: [...batch, n, columns] },
    { dtype: 'int32', shape: ownA } as const,
    // The inverse, for the gradients.
    { dtype: a.dtype, shape: isRecorded ? a.shape : [0] },
  ];
  const [result, info, inverse] = (yield* computed([a, b], specs, ([dataA, dataB], [made, found, inverses]) => {
    const divisors = Array.from({ length: matrixSizes(a).count }, (_, k) => {
      const divisor = divisorOf(matrixOf(dataA, k, n * n), n, kind);
      if (found) found[k] = divisor.info;
      if (isRecorded) {
        const whole = identity(n);
        divisor.solve(whole, n);
        inverses?.set(whole, k * n * n);
      }
      return divisor;
    });
    const placesB = placesOf(ownB, batch);
    placesOf(ownA, batch).forEach((place, k) => {
      const x = matrixOf(dataB, placesB[k] ?? 0, n * columns);
      divisors[place]?.solve(x, columns);
      made?.set(x, k * n * columns);
    });
  })) as [Tensor, Tensor, Tensor];
  if (isRecorded) {
    recordInverse(a, inverse, kind);
    const { shape: shapeA } = a;
    const { shape: shapeB } = b;
    const node = recordNode('solve', [a, b], [result], ([grad], context) => {
      if (!grad) return [];
      const g = turned(context.saved(0)).matmul(grad);
      const gradA = context.needs(0) ? partOf(g.matmul(turned(context.saved(1))).neg(), kind) : undefined;
      return [gradA && sumTo(gradA, shapeA), context.needs(1) ? sumTo(g, shapeB) : undefined];
    });
    node.save(inverse, true);
    node.save(result);
  }
  return { result, info };
}

/** The inverses of matrices, none of them singular. */
export function* invertSure(x: Tensor): Steps<Tensor> {
  const { inverse, info } = yield* invert(x);
  yield* checkSingular('inv', x, info);
  letGo([info]);
  return inverse;
}

/** Throws where a matrix was found to be singular. */
function checkSingular(op: string, x: Tensor, info: Tensor): Steps<void> {
  return checkInfo(matrixSizes(x).batch, info, (which, pivot) =>
    new ValueError(op, `matrix${which} is singular: pivot ${pivot} is 0. Use ${op}Ex to go on, or pinv or lstsq.`)); // prettier-ignore
}

export interface CheckErrors {
  /** Throw ValueError where a factorisation fails, instead of saying so in `info`. Default false. */
  readonly checkErrors?: boolean;
}

/**
 * The inverse X of square matrices [*, n, n]: A X = X A = 1. Throws ValueError for a singular matrix, and DeviceError on a
 * device that can only be read asynchronously. torch.linalg.inv
 */
export const inv = /* @__PURE__ */ atOnce('inv', function* (x: Tensor) {
  checkSquare('inv', x);
  return yield* invertSure(x);
});
/** `inv` on every device. */
export const invAsync = /* @__PURE__ */ awaited(inv);

/** `inv` that says in `info` which pivot of a matrix is 0 (counted from 1; 0: none) and does not throw. torch.linalg.inv_ex */
export const invEx = /* @__PURE__ */ atOnce('invEx', function* (x: Tensor, { checkErrors = false }: CheckErrors = {}) {
  checkSquare('invEx', x);
  const { inverse, info } = yield* invert(x);
  if (checkErrors) yield* checkSingular('inv', x, info);
  return { inverse, info };
});
/** `invEx` on every device. */
export const invExAsync = /* @__PURE__ */ awaited(invEx);

export interface SolveOptions {
  /** Solve A X = B; false: X A = B. Default true. */
  readonly left?: boolean;
}

/** The result of dividing by matrices, none of them singular. */
export function* sureOf(a: Tensor, division: Steps<Solution>): Steps<Tensor> {
  const { result, info } = yield* division;
  yield* checkSingular('solve', a, info);
  letGo([info]);
  return result;
}

/** B as matrices, A or its transpose, and the way back. */
function* solveEither(op: string, a: Tensor, b: Tensor, { left = true }: SolveOptions): Steps<Solution> {
  checkSquare(op, a);
  checkMatrices(op, a, b.shape.length === 1 ? b.unsqueeze(-1) : b);
  const isVector =
    b.shape.length === 1 || (b.shape.length === a.shape.length - 1 && b.shape.every((n, d) => n === a.shape[d]));
  if (isVector && !left)
    throw new ShapeError(op, `with left: false B has to be matrices, not ${show(b.shape)}. Give it a dim more.`);
  if (left) {
    const { result, info } = yield* divide(op, a, isVector ? b.unsqueeze(-1) : b);
    return { result: isVector ? result.squeeze(-1) : result, info };
  }
  const { result, info } = yield* divide(op, turned(a), turned(b));
  return { result: turned(result), info };
}

/**
 * X of A X = B (`left: false`: X A = B) for square A [*, n, n] and B [*, n, k] or vectors [*, n], batches broadcast. Throws
 * ValueError for a singular A, and DeviceError on a device that can only be read asynchronously. torch.linalg.solve
 */
export const solve = /* @__PURE__ */ atOnce('solve', (a: Tensor, b: Tensor, options: SolveOptions = {}) =>
  sureOf(a, solveEither('solve', a, b, options)),
);
/** `solve` on every device. */
export const solveAsync = /* @__PURE__ */ awaited(solve);

/** `solve` that says in `info` which pivot of an A is 0 and does not throw. torch.linalg.solve_ex */
export const solveEx = /* @__PURE__ */ atOnce(
  'solveEx',
  function* (a: Tensor, b: Tensor, { checkErrors = false, ...options }: SolveOptions & CheckErrors = {}) {
    const solution = yield* solveEither('solveEx', a, b, options);
    if (checkErrors) yield* checkSingular('solve', a, solution.info);
    return solution;
  },
);
/** `solveEx` on every device. */
export const solveExAsync = /* @__PURE__ */ awaited(solveEx);

export interface SolveTriangularOptions extends SolveOptions {
  /** Which triangle of A to read: PyTorch has no default for it either. */
  readonly upper: boolean;
  /** Take the diagonal of A as ones. Default false. */
  readonly unitriangular?: boolean;
}

/** `solveTriangular` as a part of others. */
export function* divideTriangular(
  op: string,
  a: Tensor,
  b: Tensor,
  { upper, left = true, unitriangular = false }: SolveTriangularOptions,
): Steps<Tensor> {
  checkSquare(op, a);
  checkMatrices(op, a, b);
  if (!left) return turned(yield* divideTriangular(op, turned(a), turned(b), { upper: !upper, unitriangular }));
  const { result, info } = yield* divide(op, a, b, { upper, unitriangular });
  letGo([info]);
  return result;
}

/**
 * X of A X = B (`left: false`: X A = B) for a triangle of A [*, n, n] and B [*, n, k], batches broadcast. A 0 on the diagonal
 * gives infinities and NaN. Throws DeviceError on a device that can only be read asynchronously. torch.linalg.solve_triangular
 */
export const solveTriangular = /* @__PURE__ */ atOnce(
  'solveTriangular',
  (a: Tensor, b: Tensor, options: SolveTriangularOptions) => divideTriangular('solveTriangular', a, b, options),
);
/** `solveTriangular` on every device. */
export const solveTriangularAsync = /* @__PURE__ */ awaited(solveTriangular);
