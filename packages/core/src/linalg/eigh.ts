// Eigenvalues of symmetric matrices.

import { DTypeError, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { eye } from '../creation.ts';
import { diagEmbed } from '../ops/triangle.ts';
import { letGo } from '../ops/scratch.ts';
import { where } from '../ops/where.ts';
import type { Tensor } from '../tensor.ts';
import { eigenSymmetric } from './host/symmetric.ts';
import { checkSquare, matrixSizes, turned } from './matrices.ts';
import { atOnce, awaited, eachMatrix, type Steps } from './steps.ts';

export interface EighOptions {
  /** Which triangle to read: the lower or the upper. Default 'L'. */
  readonly UPLO?: 'L' | 'U';
}

export interface Eigh {
  /** [*, n], rising. */
  readonly eigenvalues: Tensor;
  /** [*, n, n], in columns. */
  readonly eigenvectors: Tensor;
}

/** The eigenvalues and vectors of matrices, recorded. */
export function* eigen(op: string, given: Tensor, { UPLO = 'L' }: EighOptions): Steps<Eigh> {
  checkSquare(op, given);
  const side = String(UPLO).toUpperCase();
  if (side !== 'L' && side !== 'U') throw new ValueError(op, `UPLO is '${String(UPLO)}'. Use 'L' or 'U'.`);
  const x = side === 'U' ? turned(given) : given;
  const { dtype } = x;
  const { rows: n } = matrixSizes(x);
  const outputs = [
    { dtype, shape: [n] },
    { dtype, shape: [n, n] },
  ] as const;
  const [eigenvalues, eigenvectors] = yield* eachMatrix(op, [x], outputs, ([a]) => {
    const { values, vectors } = eigenSymmetric(a, n);
    return [values, vectors];
  });
  if (needsGraph([given])) {
    const node = recordNode('eigh', [given], [eigenvalues, eigenvectors], ([gradL, gradV], context) => {
      const [l, v] = [context.saved(0), context.saved(1)];
      if (!gradV) return [gradL && v.mul(gradL.unsqueeze(-2)).matmul(turned(v))];
      const onDiagonal = eye(n, { dtype: 'bool', device: v.device });
      const gaps = where(onDiagonal, 1, l.unsqueeze(-2).sub(l.unsqueeze(-1)));
      const inner = turned(v).matmul(gradV);
      const off = inner.sub(turned(inner)).mul(0.5).div(gaps);
      return [v.matmul(gradL ? off.add(diagEmbed(gradL)) : off).matmul(turned(v))];
    });
    node.save(eigenvalues);
    node.save(eigenvectors);
  }
  return { eigenvalues, eigenvectors };
}

/** The eigenvalues of matrices alone. */
export function* eigenvaluesOf(op: string, x: Tensor, options: EighOptions): Steps<Tensor> {
  const { eigenvalues, eigenvectors } = yield* eigen(op, x, options);
  letGo([eigenvectors]);
  return eigenvalues;
}

/**
 * Eigenvalues, rising, and orthonormal eigenvectors of symmetric matrices [*, n, n], of which it reads one triangle: A = V diag(L) Vᵀ.
 * The sign of each vector, and within an eigenvalue that occurs several times the vectors themselves, are arbitrary; their
 * gradient is not finite there. NaN where a matrix is not finite. Throws DeviceError on a device that can only be read
 * asynchronously. torch.linalg.eigh
 */
export const eigh = /* @__PURE__ */ atOnce('eigh', (x: Tensor, options: EighOptions = {}) => eigen('eigh', x, options));
/** `eigh` on every device. */
export const eighAsync = /* @__PURE__ */ awaited(eigh);

/** The eigenvalues of `eigh`; their gradient is always finite. torch.linalg.eigvalsh */
export const eigvalsh = /* @__PURE__ */ atOnce('eigvalsh', (x: Tensor, options: EighOptions = {}) =>
  eigenvaluesOf('eigvalsh', x, options),
);
/** `eigvalsh` on every device. */
export const eigvalshAsync = /* @__PURE__ */ awaited(eigvalsh);

function refuse(op: string): never {
  throw new DTypeError(op, 'the eigenvalues of a general matrix are complex numbers, which are out of scope. For symmetric matrices use eigh or eigvalsh.'); // prettier-ignore
}

/** Refuses: eigenvalues of general matrices are complex. Throws DTypeError. torch.linalg.eig */
export function eig(_x: Tensor): never {
  return refuse('eig');
}

/** Refuses, as `eig`. torch.linalg.eigvals */
export function eigvals(_x: Tensor): never {
  return refuse('eigvals');
}
