// A = L D Lᵀ of symmetric matrices. As in PyTorch none of it has a gradient.

import { AutogradError, DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';

import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { factorLDL, solveLDL } from './host/ldl.ts';
import type { CheckErrors } from './inverse.ts';
import { checkMatrices, checkSquare, matrixSizes, whichOf } from './matrices.ts';
import { atOnce, awaited, eachMatrix, type Steps } from './steps.ts';

export interface LDLOptions {
  /** For complex matrices, which there are none of: it changes nothing. Default false. */
  readonly hermitian?: boolean;
}

export interface LDLFactors {
  /** L, whose diagonal of ones is left out, and D on the diagonal and, in its blocks of two, below it. */
  readonly LD: Tensor;
  /** int32: the row, counted from 1, that each was exchanged with; negative for both rows of a block of two. */
  readonly pivots: Tensor;
  /** int32, one per matrix: 0, or which block of D is 0, counted from 1. */
  readonly info: Tensor;
}

function refuseGradient(op: string, inputs: readonly Tensor[], output: Tensor): void {
  if (!needsGraph(inputs)) return;
  recordNode(op, inputs, [output], () => {
    throw new AutogradError(op, 'it has no gradient. Use solve, or detach what goes into it.');
  });
}

function* factor(op: string, x: Tensor, { checkErrors = false }: CheckErrors): Steps<LDLFactors> {
  checkSquare(op, x);
  const { batch, rows: n } = matrixSizes(x);
  const outputs = [
    { dtype: x.dtype, shape: [n, n] },
    { dtype: 'int32', shape: [n] },
    { dtype: 'int32', shape: [] },
  ] as const;
  const [LD, pivots, info] = yield* eachMatrix(op, [x], outputs, ([a], k) => {
    const own = new Int32Array(n);
    const zero = factorLDL(a, n, own);
    if (checkErrors && zero > 0)
      throw new ValueError(op, `matrix${whichOf(batch, k)} is singular: block ${zero} of D is 0. Use ldlFactorEx to go on.`); // prettier-ignore
    return [a, own, [zero]];
  });
  refuseGradient(op, [x], LD);
  return { LD, pivots, info };
}

/**
 * L and D of A = L D Lᵀ in one tensor [*, n, n], and `pivots` [*, n], for symmetric matrices of which it reads the lower triangle. Throws
 * ValueError where a block of D is 0, and DeviceError on a device that can only be read asynchronously. torch.linalg.ldl_factor
 */
export const ldlFactor = /* @__PURE__ */ atOnce('ldlFactor', function* (x: Tensor, _options: LDLOptions = {}) {
  const { LD, pivots } = yield* factor('ldlFactor', x, { checkErrors: true });
  return { LD, pivots };
});
/** `ldlFactor` on every device. */
export const ldlFactorAsync = /* @__PURE__ */ awaited(ldlFactor);

/** `ldlFactor` that says in `info` which block of D is 0 (counted from 1; 0: none) and does not throw. torch.linalg.ldl_factor_ex */
export const ldlFactorEx = /* @__PURE__ */ atOnce('ldlFactorEx', (x: Tensor, options: LDLOptions & CheckErrors = {}) =>
  factor('ldlFactorEx', x, options),
);
/** `ldlFactorEx` on every device. */
export const ldlFactorExAsync = /* @__PURE__ */ awaited(ldlFactorEx);

/**
 * X of A X = B where A is given as what `ldlFactor` returned; B [*, n, k], batches broadcast. Throws DeviceError on a device that can
 * only be read asynchronously. torch.linalg.ldl_solve
 */
export const ldlSolve = /* @__PURE__ */ atOnce(
  'ldlSolve',
  function* (LD: Tensor, pivots: Tensor, b: Tensor, _options: LDLOptions = {}): Steps<Tensor> {
    checkSquare('ldlSolve', LD);
    checkMatrices('ldlSolve', LD, b);
    checkOperands('ldlSolve', [LD, pivots]);
    const { rows: n, batch: own } = matrixSizes(LD);
    if (pivots.dtype !== 'int32')
      throw new DTypeError('ldlSolve', `the pivots are ${pivots.dtype}, not int32. Give what ldlFactor returned.`);
    if (String(pivots.shape) !== String([...own, n]) || b.shape.at(-2) !== n)
      throw new ShapeError('ldlSolve', `factors ${show(LD.shape)} with pivots ${show(pivots.shape)} do not divide ${show(b.shape)}. Make the sizes equal.`); // prettier-ignore
    const columns = b.shape.at(-1) ?? 0;
    const output = { dtype: b.dtype, shape: [n, columns] };
    const [x] = yield* eachMatrix('ldlSolve', [LD, pivots.unsqueeze(-1), b], [output], ([factors, rows, made]) => {
      solveLDL(factors, n, rows, made, columns);
      return [made];
    });
    refuseGradient('ldlSolve', [LD, b], x);
    return x;
  },
);
/** `ldlSolve` on every device. */
export const ldlSolveAsync = /* @__PURE__ */ awaited(ldlSolve);
