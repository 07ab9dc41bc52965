// Determinants. That of a singular matrix has a gradient too, its cofactors, which no inverse gives: there, and near there, they
// come from the singular values, by which second gradients are products as well.

import { AutogradError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { diagonal } from '../ops/windowed-views.ts';
import { diagEmbed } from '../ops/triangle.ts';
import { where } from '../ops/where.ts';
import type { Tensor } from '../tensor.ts';
import { factorLU, permuteRows } from './host/lu.ts';
import { decompose } from './host/svd.ts';
import { identity, substitute } from './host/triangle.ts';
import { recordInverse } from './inverse.ts';
import { checkSquare, matrixOf, matrixSizes, turned } from './matrices.ts';
import { bothForms, computed, type Steps } from './steps.ts';

/** What elimination says of a matrix. */
interface Eliminated {
  readonly determinant: number;
  readonly sign: number;
  readonly logAbs: number;
  /** The smallest pivot beside the largest. */
  readonly spread: number;
  readonly inverse: Float64Array;
}

/** Where products with the inverse would lose too much. */
const nearlySingular = 1e-8;

function eliminate(a: Float64Array, n: number, wantsInverse: boolean): Eliminated {
  const pivots = new Int32Array(n);
  factorLU(a, n, n, pivots);
  let [determinant, sign, logAbs, least, most] = [1, 1, 0, Infinity, 0];
  for (let k = 0; k < n; k++) {
    const turns = pivots[k] === k + 1 ? 1 : -1;
    const pivot = a[k * n + k] ?? 0;
    determinant *= turns * pivot;
    // Of NaN it is 0, as PyTorch's.
    sign *= turns * (pivot > 0 ? 1 : pivot < 0 ? -1 : 0);
    logAbs += Math.log(Math.abs(pivot));
    least = Math.min(least, Math.abs(pivot));
    most = Math.max(most, Math.abs(pivot));
  }
  const inverse = identity(wantsInverse ? n : 0);
  if (wantsInverse) {
    permuteRows(inverse, n, pivots);
    substitute(a, n, n, inverse, n, { upper: false, unitriangular: true });
    substitute(a, n, n, inverse, n, { upper: true, unitriangular: false });
  }
  return { determinant, sign, logAbs, spread: most === 0 ? 0 : least / most, inverse };
}

/** A factor for each matrix of a batch. */
const perMatrix = (x: Tensor): Tensor => x.unsqueeze(-1).unsqueeze(-1);

const forms = bothForms('det', function* (x: Tensor) {
  checkSquare('det', x);
  const { batch, rows: n, count } = matrixSizes(x);
  const { dtype } = x;
  const isRecorded = needsGraph([x]);
  let isSingular = false;
  const specs = [
    { dtype, shape: batch },
    { dtype, shape: isRecorded ? x.shape : [0] },
  ];
  const [det, inverse] = (yield* computed([x], specs, ([data], [determinants, inverses]) => {
    for (let k = 0; k < count; k++) {
      const found = eliminate(matrixOf(data, k, n * n), n, isRecorded);
      if (determinants) determinants[k] = found.determinant;
      isSingular ||= n > 0 && found.spread < nearlySingular;
      if (isRecorded) inverses?.set(found.inverse, k * n * n);
    }
  })) as [Tensor, Tensor];
  if (!isRecorded) return det;
  const factor = isSingular ? yield* cofactors(x) : inverse;
  if (!isSingular) recordInverse(x, inverse, 'general');
  const node = recordNode('det', [x], [det], ([grad], context) => {
    if (!grad) return [];
    if (isSingular) return [context.saved(0).mul(perMatrix(grad))];
    return [turned(context.saved(0)).mul(perMatrix(grad.mul(context.saved(1))))];
  });
  node.save(factor, true);
  node.save(det);
  return det;
});
/**
 * The determinants [*] of square matrices [*, n, n]. Its gradient is exact for singular matrices too, in a recording
 * as long as they are singular when it is made. Throws DeviceError on a
 * device that can only be read asynchronously. torch.linalg.det
 */
export const det = forms.now;
/** `det` on every device. */
export const detAsync = forms.later;

/** The cofactors of matrices, recorded once: with A = U diag(s) Vᵀ they are |U| |V| U diag(∏ of the other s) Vᵀ. */
function* cofactors(x: Tensor): Steps<Tensor> {
  const { rows: n, count } = matrixSizes(x);
  const spec = { dtype: x.dtype, shape: x.shape };
  const [made, u, vh, pairs] = (yield* computed([x], [spec, spec, spec, spec], ([data], results) => {
    for (let k = 0; k < count; k++) {
      const { u: left, s, vh: right } = decompose(matrixOf(data, k, n * n), n, n, true);
      const sign = eliminate(left.slice(), n, false).sign * eliminate(right.slice(), n, false).sign;
      const others = (i: number, j: number): number => s.reduce((p, v, d) => (d === i || d === j ? p : p * v), sign);
      const alone = s.map((_, d) => others(d, d));
      const [cofactor, product] = [new Float64Array(n * n), new Float64Array(n * n)];
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          if (i !== j) product[i * n + j] = others(i, j);
          let sum = 0;
          for (let d = 0; d < n; d++) sum += (left[i * n + d] ?? 0) * (alone[d] ?? 0) * (right[d * n + j] ?? 0);
          cofactor[i * n + j] = sum;
        }
      }
      [cofactor, left, right, product].forEach((matrix, place) => results[place]?.set(matrix, k * n * n));
    }
  })) as [Tensor, Tensor, Tensor, Tensor];
  const saved = [u, vh, pairs, x];
  recordNode('cofactors', [x], [made], ([grad], context) => {
    if (!grad) return [];
    const [left, right, p] = [context.saved(0), context.saved(1), context.saved(2)];
    const inner = turned(left).matmul(grad).matmul(turned(right));
    const along = p.matmul(diagonal(inner, { dim1: -2, dim2: -1 }).unsqueeze(-1)).squeeze(-1);
    const made = left.matmul(diagEmbed(along).sub(p.mul(turned(inner)))).matmul(right);
    return [context.createGraph ? made.add(unknown(context.saved(3))) : made];
  }, { saved }); // prettier-ignore
  return made;
}

/** Zeros that depend on x in a way that is not known: U, s and V were taken as constants. */
function unknown(x: Tensor): Tensor {
  const made = x.zeros(x.shape);
  if (needsGraph([x])) {
    recordNode('cofactors', [x], [made], () => {
      throw new AutogradError(
        'det',
        'there are no third gradients at a singular matrix, nor as near one as this is. Add to its diagonal.',
      );
    });
  }
  return made;
}

export interface Slogdet {
  /** −1, 0 or 1. */
  readonly sign: Tensor;
  /** ln |det A|, −∞ of a singular matrix. */
  readonly logabsdet: Tensor;
}

function* signAndLog(op: string, x: Tensor): Steps<Slogdet> {
  checkSquare(op, x);
  const { batch, rows: n, count } = matrixSizes(x);
  const { dtype } = x;
  const isRecorded = needsGraph([x]);
  const specs = [
    { dtype, shape: batch },
    { dtype, shape: batch },
    { dtype, shape: isRecorded ? x.shape : [0] },
  ];
  const [sign, logabsdet, inverse] = (yield* computed([x], specs, ([data], [signs, logs, inverses]) => {
    for (let k = 0; k < count; k++) {
      const found = eliminate(matrixOf(data, k, n * n), n, isRecorded);
      if (signs) signs[k] = found.sign;
      if (logs) logs[k] = found.logAbs;
      if (isRecorded) inverses?.set(found.inverse, k * n * n);
    }
  })) as [Tensor, Tensor, Tensor];
  if (isRecorded) {
    recordInverse(x, inverse, 'general');
    const node = recordNode('slogdet', [x], [sign, logabsdet], ([, grad], context) => [
      grad && turned(context.saved(0)).mul(perMatrix(grad)),
    ]);
    node.save(inverse, true);
  }
  return { sign, logabsdet };
}

const slogdetForms = bothForms('slogdet', function* (x: Tensor) {
  return yield* signAndLog('slogdet', x);
});
/** The sign and the logarithm of the absolute value of the determinants of [*, n, n]: det A = sign · e^logabsdet. torch.linalg.slogdet */
export const slogdet = slogdetForms.now;
/** `slogdet` on every device. */
export const slogdetAsync = slogdetForms.later;

const logdetForms = bothForms('logdet', function* (x: Tensor) {
  const { sign, logabsdet } = yield* signAndLog('logdet', x);
  return where(sign.eq(-1), NaN, logabsdet);
});
/** ln det A of [*, n, n]: −∞ where the determinant is 0, NaN where it is negative. torch.logdet */
export const logdet = logdetForms.now;
/** `logdet` on every device. */
export const logdetAsync = logdetForms.later;
