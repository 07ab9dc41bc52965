// A = Q R by reflections.

import { AutogradError, ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { eye } from '../creation.ts';
import { cat } from '../ops/join.ts';
import { scratch } from '../ops/scratch.ts';
import { tril, triu } from '../ops/triangle.ts';
import type { Tensor } from '../tensor.ts';
import { orthogonal, reflect } from './host/householder.ts';
import { identity, substitute } from './host/triangle.ts';
import { recordInverse } from './inverse.ts';
import { checkMatrices, matrixSizes, turned } from './matrices.ts';
import { atOnce, awaited, eachMatrix, type Steps } from './steps.ts';

const upperTriangle = { upper: true, unitriangular: false };

export type QRMode = 'reduced' | 'complete' | 'r';

export interface QROptions {
  /** 'reduced': Q [*, m, k] and R [*, k, n], k the smaller of m and n; 'complete': Q [*, m, m] and R [*, m, n]; 'r': R alone, as reduced. */
  readonly mode?: QRMode;
}

export interface QR {
  /** Empty for mode 'r'. */
  readonly Q: Tensor;
  readonly R: Tensor;
}

/** The factors of matrices, recorded. */
export function* orthogonalise(op: string, x: Tensor, mode: QRMode): Steps<QR> {
  checkMatrices(op, x);
  if (mode !== 'reduced' && mode !== 'complete' && mode !== 'r')
    throw new ValueError(op, `there is no mode '${String(mode)}'. Use 'reduced', 'complete' or 'r'.`);
  const { rows: m, columns: n } = matrixSizes(x);
  const k = Math.min(m, n);
  const width = mode === 'complete' ? m : k;
  const { dtype } = x;
  const isRecorded = needsGraph([x]);
  const isDifferentiable = mode !== 'r' && !(mode === 'complete' && m > n);
  const wantsInverse = isRecorded && isDifferentiable;
  const outputs = [
    { dtype, shape: mode === 'r' ? [0] : [m, width] },
    { dtype, shape: [width, n] },
    // The inverse of the square part of R, for the gradients.
    { dtype, shape: wantsInverse ? [k, k] : [0] },
  ] as const;
  const [made, R, inverse] = yield* eachMatrix(op, [x], outputs, ([a]) => {
    const tau = new Float64Array(k);
    reflect(a, m, n, tau);
    const r = new Float64Array(width * n);
    for (let i = 0; i < k; i++) r.set(a.subarray(i * n + i, (i + 1) * n), i * n + i);
    const whole = identity(wantsInverse ? k : 0);
    if (wantsInverse) substitute(a, n, k, whole, k, upperTriangle);
    return [mode === 'r' ? [] : orthogonal(a, m, n, tau, width), r, whole];
  });
  const Q = mode === 'r' ? x.zeros([0]) : made;
  if (!isRecorded) return { Q, R };
  if (!isDifferentiable) {
    const cure = mode === 'r' ? "Q is not computed when mode is 'r'" : "there is none when mode is 'complete' and a matrix has more rows than columns"; // prettier-ignore
    recordNode('qr', [x], mode === 'r' ? [R] : [Q, R], () => {
      throw new AutogradError(op, `the gradient needs a Q that R follows from: ${cure}. Use mode 'reduced'.`);
    });
    return { Q, R };
  }
  const node = recordNode('qr', [x], [Q, R], ([gradQ, gradR], context) => {
    const [q, r, inverseR] = [context.saved(0), context.saved(1), turned(context.saved(2))];
    return [factorsBackward(q, r, inverseR, gradQ ?? q.zeros(q.shape), gradR ?? r.zeros(r.shape))];
  });
  recordInverse(R.narrow(-1, 0, k), inverse, upperTriangle);
  for (const tensor of [Q, R]) node.save(tensor);
  node.save(inverse, true);
  return { Q, R };
}

/** Of A = Q [R₁ R₂] with a square R₁, of which R₂ is empty unless A is wide. */
function factorsBackward(q: Tensor, r: Tensor, inverseT: Tensor, gradQ: Tensor, gradR: Tensor): Tensor {
  const k = inverseT.shape.at(-1) ?? 0;
  const rest = (r.shape.at(-1) ?? 0) - k;
  const [r1, g1] = [r.narrow(-1, 0, k), gradR.narrow(-1, 0, k)];
  const [r2, g2] = [r.narrow(-1, k, rest), gradR.narrow(-1, k, rest)];
  const onQ = rest > 0 ? gradQ.add(q.matmul(r2).matmul(turned(g2))) : gradQ;
  const high = triu(g1.matmul(turned(r1)).sub(turned(q).matmul(onQ)));
  const symmetric = high.add(turned(triu(high, { diagonal: 1 })));
  const square = onQ.add(q.matmul(symmetric)).matmul(inverseT);
  return rest > 0 ? cat([square, q.matmul(g2)], -1) : square;
}

/**
 * A = Q R of matrices [*, m, n], with orthonormal columns in Q and an upper triangular R, signs as LAPACK's. Gradients flow in mode
 * 'reduced', and in 'complete' for m ≤ n. Throws DeviceError on a device that can only be read asynchronously. torch.linalg.qr
 */
export const qr = /* @__PURE__ */ atOnce('qr', (x: Tensor, { mode = 'reduced' }: QROptions = {}) =>
  orthogonalise('qr', x, mode),
);
/** `qr` on every device. */
export const qrAsync = /* @__PURE__ */ awaited(qr);

/** What LAPACK returns of a QR factorisation. */
export interface Reflections {
  /** On and above the diagonal R, below it the vectors of the reflections, whose leading 1 is left out. */
  readonly a: Tensor;
  /** [*, min(m, n)]: the factor of each reflection 1 − τ v vᵀ. */
  readonly tau: Tensor;
}

/** The reflections whose product is the Q of A = Q R, and R. It has no gradient. torch.geqrf */
export const geqrf = /* @__PURE__ */ atOnce('geqrf', function* (x: Tensor): Steps<Reflections> {
  checkMatrices('geqrf', x);
  const { dtype } = x;
  const { rows: m, columns: n } = matrixSizes(x);
  const k = Math.min(m, n);
  const outputs = [
    { dtype, shape: [m, n] },
    { dtype, shape: [k] },
  ] as const;
  const [a, tau] = yield* eachMatrix('geqrf', [x], outputs, ([packed]) => {
    const factors = new Float64Array(k);
    reflect(packed, m, n, factors);
    return [packed, factors];
  });
  if (needsGraph([x])) {
    recordNode('geqrf', [x], [a, tau], () => {
      throw new AutogradError('geqrf', 'it has no gradient. Use qr.');
    });
  }
  return { a, tau };
});
/** `geqrf` on every device. */
export const geqrfAsync = /* @__PURE__ */ awaited(geqrf);

/** The vectors of reflections as columns, with their leading ones. */
function vectorsOf(op: string, a: Tensor, tau: Tensor): Tensor[] {
  checkMatrices(op, a);
  const { batch, rows: m, columns: n } = matrixSizes(a);
  const count = tau.shape.at(-1) ?? 0;
  if (tau.dtype !== a.dtype || tau.shape.length !== a.shape.length - 1 || String(tau.shape.slice(0, -1)) !== String(batch) || count > n || n > m) // prettier-ignore
    throw new ShapeError(op, `a is ${a.dtype} ${show(a.shape)}, tau ${tau.dtype} ${show(tau.shape)}. Of a [*, m, n] with m ≥ n, tau has to be [*, k] with k ≤ n.`); // prettier-ignore
  const ones = eye(m, n, { dtype: a.dtype, device: a.device });
  const vectors = tril(a, { diagonal: -1 }).add(ones);
  return Array.from({ length: count }, (_, k) => vectors.narrow(-1, k, 1));
}

/** (1 − τ v vᵀ) y. */
function reflected(v: Tensor, tau: Tensor, k: number, y: Tensor): Tensor {
  return y.sub(v.matmul(turned(v).matmul(y)).mul(tau.narrow(-1, k, 1).unsqueeze(-1)));
}

/**
 * The first n columns of (1 − τ₁ v₁ v₁ᵀ) … (1 − τₖ vₖ vₖᵀ), where vᵢ is what is below the diagonal in column i of a [*, m, n], with a
 * 1 before it, and tau [*, k]. Throws ShapeError unless m ≥ n ≥ k. torch.linalg.householder_product
 */
export function householderProduct(a: Tensor, tau: Tensor): Tensor {
  return scratch([a, tau], () => {
    const vectors = vectorsOf('householderProduct', a, tau);
    const { rows: m, columns: n } = matrixSizes(a);
    const start = eye(m, n, { dtype: a.dtype, device: a.device }).expand(a.shape);
    return vectors.reduceRight((y, v, k) => reflected(v, tau, k, y), start as Tensor);
  });
}

export interface OrmqrOptions {
  /** Q C; false: C Q. Default true. */
  readonly left?: boolean;
  /** Take Qᵀ. Default false. */
  readonly transpose?: boolean;
}

/** Q C (or C Q, or with Qᵀ) where the m × m matrix Q is the product of the reflections that `geqrf` gives. torch.ormqr */
export function ormqr(
  a: Tensor,
  tau: Tensor,
  c: Tensor,
  { left = true, transpose = false }: OrmqrOptions = {},
): Tensor {
  checkMatrices('ormqr', a, c);
  if (c.shape.at(left ? -2 : -1) !== a.shape.at(-2))
    throw new ShapeError('ormqr', `reflections of ${show(a.shape)} do not fit ${show(c.shape)}. ${left ? 'Its rows' : 'Its columns'} have to be ${a.shape.at(-2)}.`); // prettier-ignore
  return scratch([a, tau, c], () => {
    const vectors = vectorsOf('ormqr', a, tau);
    const start = left ? c : turned(c);
    const apply = (y: Tensor, v: Tensor, k: number): Tensor => reflected(v, tau, k, y);
    const made = left === transpose ? vectors.reduce(apply, start) : vectors.reduceRight(apply, start);
    return left ? made : turned(made);
  });
}
