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
import { checkSquare, matrixSizes, turned } from './matrices.ts';
import { atOnce, awaited, eachMatrix, notAsRecorded, type Steps } from './steps.ts';

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

/**
 * The determinants [*] of square matrices [*, n, n]. Its gradient is exact for singular matrices too; a recording
 * of it that was made without any throws ValueError where it is replayed with one. Throws DeviceError on a device that can only be
 * read asynchronously. torch.linalg.det
 */
export const det = /* @__PURE__ */ atOnce('det', function* (x: Tensor) {
  checkSquare('det', x);
  const { dtype } = x;
  const { rows: n } = matrixSizes(x);
  const isRecorded = needsGraph([x]);
  let [isSingular, isDecided] = [false, false];
  const outputs = [
    { dtype, shape: [] },
    { dtype, shape: isRecorded ? [n, n] : [0] },
  ] as const;
  const [det, inverse] = yield* eachMatrix('det', [x], outputs, ([a]) => {
    const found = eliminate(a, n, isRecorded);
    if (isRecorded && n > 0 && found.spread < nearlySingular && !isSingular) {
      if (isDecided) throw notAsRecorded('det', 'a matrix is singular, or nearly, and none was where its gradient was recorded'); // prettier-ignore
      isSingular = true;
    }
    return [[found.determinant], found.inverse];
  });
  isDecided = true;
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
/** `det` on every device. */
export const detAsync = /* @__PURE__ */ awaited(det);

/** The cofactors of matrices, recorded once: with A = U diag(s) Vᵀ they are |U| |V| U diag(∏ of the other s) Vᵀ. */
function* cofactors(x: Tensor): Steps<Tensor> {
  const { rows: n } = matrixSizes(x);
  const output = { dtype: x.dtype, shape: [n, n] };
  const [made, u, vh, pairs] = yield* eachMatrix('det', [x], [output, output, output, output], ([a]) => {
    const { u: left, s, vh: right } = decompose(a, n, n, true);
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
    return [cofactor, left, right, product];
  });
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
  const { dtype } = x;
  const { rows: n } = matrixSizes(x);
  const isRecorded = needsGraph([x]);
  const outputs = [
    { dtype, shape: [] },
    { dtype, shape: [] },
    { dtype, shape: isRecorded ? [n, n] : [0] },
  ] as const;
  const [sign, logabsdet, inverse] = yield* eachMatrix(op, [x], outputs, ([a]) => {
    const found = eliminate(a, n, isRecorded);
    return [[found.sign], [found.logAbs], found.inverse];
  });
  if (isRecorded) {
    recordInverse(x, inverse, 'general');
    const node = recordNode('slogdet', [x], [sign, logabsdet], ([, grad], context) => [
      grad && turned(context.saved(0)).mul(perMatrix(grad)),
    ]);
    node.save(inverse, true);
  }
  return { sign, logabsdet };
}

/** The sign and the logarithm of the absolute value of the determinants of [*, n, n]: det A = sign · e^logabsdet. torch.linalg.slogdet */
export const slogdet = /* @__PURE__ */ atOnce('slogdet', (x: Tensor) => signAndLog('slogdet', x));
/** `slogdet` on every device. */
export const slogdetAsync = /* @__PURE__ */ awaited(slogdet);

/** ln det A of [*, n, n]: −∞ where the determinant is 0, NaN where it is negative. torch.logdet */
export const logdet = /* @__PURE__ */ atOnce('logdet', function* (x: Tensor) {
  const { sign, logabsdet } = yield* signAndLog('logdet', x);
  return where(sign.eq(-1), NaN, logabsdet);
});
/** `logdet` on every device. */
export const logdetAsync = /* @__PURE__ */ awaited(logdet);
