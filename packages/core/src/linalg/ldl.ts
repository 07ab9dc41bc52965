// A = L D Lᵀ of symmetric matrices. As in PyTorch none of it has a gradient.

import { AutogradError, DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { broadcastShapes } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { factorLDL, solveLDL } from './host/ldl.ts';
import type { CheckErrors } from './inverse.ts';
import { checkMatrices, checkSquare, matrixOf, matrixSizes, placesOf, whichOf } from './matrices.ts';
import { bothForms, computed, type Steps } from './steps.ts';

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
  const { batch, rows: n, count } = matrixSizes(x);
  const specs = [
    { dtype: x.dtype, shape: x.shape },
    { dtype: 'int32', shape: [...batch, n] },
    { dtype: 'int32', shape: batch },
  ] as const;
  const [LD, pivots, info] = (yield* computed([x], specs, ([data], [factors, rows, found]) => {
    for (let k = 0; k < count; k++) {
      const a = matrixOf(data, k, n * n);
      const own = new Int32Array(n);
      const zero = factorLDL(a, n, own);
      if (checkErrors && zero > 0)
        throw new ValueError(op, `matrix${whichOf(batch, k)} is singular: block ${zero} of D is 0. Use ldlFactorEx to go on.`); // prettier-ignore
      factors?.set(a, k * n * n);
      rows?.set(own, k * n);
      if (found) found[k] = zero;
    }
  })) as [Tensor, Tensor, Tensor];
  refuseGradient(op, [x], LD);
  return { LD, pivots, info };
}

const forms = bothForms('ldlFactor', function* (x: Tensor, _options: LDLOptions = {}) {
  const { LD, pivots } = yield* factor('ldlFactor', x, { checkErrors: true });
  return { LD, pivots };
});
/**
 * L and D of A = L D Lᵀ in one tensor [*, n, n], and `pivots` [*, n], for symmetric matrices of which it reads the lower triangle. Throws
 * ValueError where a block of D is 0, and DeviceError on a device that can only be read asynchronously. torch.linalg.ldl_factor
 */
export const ldlFactor = forms.now;
/** `ldlFactor` on every device. */
export const ldlFactorAsync = forms.later;

const exForms = bothForms('ldlFactorEx', function* (x: Tensor, options: LDLOptions & CheckErrors = {}) {
  return yield* factor('ldlFactorEx', x, options);
});
/** `ldlFactor` that says in `info` which block of D is 0 (counted from 1; 0: none) and does not throw. torch.linalg.ldl_factor_ex */
export const ldlFactorEx = exForms.now;
/** `ldlFactorEx` on every device. */
export const ldlFactorExAsync = exForms.later;

const solveForms = bothForms('ldlSolve', function* (
  LD: Tensor,
  pivots: Tensor,
  b: Tensor,
  _options: LDLOptions = {},
): Steps<Tensor> {
  checkSquare('ldlSolve', LD);
  checkMatrices('ldlSolve', LD, b);
  checkOperands('ldlSolve', [LD, pivots]);
  const { rows: n, batch: own } = matrixSizes(LD);
  if (pivots.dtype !== 'int32')
    throw new DTypeError('ldlSolve', `the pivots are ${pivots.dtype}, not int32. Give what ldlFactor returned.`);
  if (String(pivots.shape) !== String([...own, n]) || b.shape.at(-2) !== n)
    throw new ShapeError('ldlSolve', `factors ${show(LD.shape)} with pivots ${show(pivots.shape)} do not divide ${show(b.shape)}. Make the sizes equal.`); // prettier-ignore
  const columns = b.shape.at(-1) ?? 0;
  const ownB = b.shape.slice(0, -2);
  const batch = broadcastShapes('ldlSolve', [own, ownB]);
  const spec = { dtype: b.dtype, shape: [...batch, n, columns] };
  const [x] = (yield* computed([LD, pivots, b], [spec], ([factors, rows, data], [made]) => {
    const places = placesOf(own, batch);
    placesOf(ownB, batch).forEach((place, k) => {
      const at = places[k] ?? 0;
      const result = matrixOf(data, place, n * columns);
      solveLDL(matrixOf(factors, at, n * n), n, rows?.subarray(at * n, (at + 1) * n) ?? [], result, columns);
      made?.set(result, k * n * columns);
    });
  })) as [Tensor];
  refuseGradient('ldlSolve', [LD, b], x);
  return x;
}); // prettier-ignore
/**
 * X of A X = B where A is given as what `ldlFactor` returned; B [*, n, k], batches broadcast. Throws DeviceError on a device that can
 * only be read asynchronously. torch.linalg.ldl_solve
 */
export const ldlSolve = solveForms.now;
/** `ldlSolve` on every device. */
export const ldlSolveAsync = solveForms.later;
