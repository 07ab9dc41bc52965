// Singular values.

import { ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { eye } from '../creation.ts';
import { diagEmbed } from '../ops/triangle.ts';
import { letGo } from '../ops/scratch.ts';
import { where } from '../ops/where.ts';
import type { Tensor } from '../tensor.ts';
import { decompose } from './host/svd.ts';
import { checkMatrices, matrixSizes, turned, whichOf } from './matrices.ts';
import { atOnce, awaited, eachMatrix, type Steps } from './steps.ts';

export interface SVDOptions {
  /** U [*, m, m] and Vh [*, n, n]; false: U [*, m, k] and Vh [*, k, n], k the smaller of m and n. Default true. */
  readonly fullMatrices?: boolean;
}

export interface SVD {
  readonly U: Tensor;
  /** [*, k], falling. */
  readonly S: Tensor;
  readonly Vh: Tensor;
}

/** The decompositions of matrices, recorded. */
export function* decomposition(op: string, x: Tensor, fullMatrices: boolean): Steps<SVD> {
  checkMatrices(op, x);
  const { batch, rows: m, columns: n } = matrixSizes(x);
  const { dtype } = x;
  const k = Math.min(m, n);
  const [wide, high] = fullMatrices ? [m, n] : [k, k];
  const outputs = [
    { dtype, shape: [m, wide] },
    { dtype, shape: [k] },
    { dtype, shape: [high, n] },
  ] as const;
  const [U, S, Vh] = yield* eachMatrix(op, [x], outputs, ([a], b) => {
    if (!a.every(Number.isFinite))
      throw new ValueError(op, `matrix${whichOf(batch, b)} has elements that are not finite. Take them out first, for example by nanToNum.`); // prettier-ignore
    const { u, s, vh } = decompose(a, m, n, fullMatrices);
    return [u, s, vh];
  });
  if (needsGraph([x])) {
    const node = recordNode('svd', [x], [U, S, Vh], ([gradU, gradS, gradVh], context) => {
      const [u, s, vh] = [context.saved(0).narrow(-1, 0, k), context.saved(1), context.saved(2).narrow(-2, 0, k)];
      const grads = { gradU: gradU?.narrow(-1, 0, k), gradS, gradVh: gradVh?.narrow(-2, 0, k) };
      return [singularBackward(u, s, vh, grads)];
    });
    for (const tensor of [U, S, Vh]) node.save(tensor);
  }
  return { U, S, Vh };
}

/** The singular values of matrices alone. */
export function* singularValues(op: string, x: Tensor): Steps<Tensor> {
  const { U, S, Vh } = yield* decomposition(op, x, false);
  letGo([U, Vh]);
  return S;
}

interface SingularGradients {
  readonly gradU: Tensor | undefined;
  readonly gradS: Tensor | undefined;
  readonly gradVh: Tensor | undefined;
}

const skew = (x: Tensor): Tensor => x.sub(turned(x));

/** From the gradients of a reduced decomposition to that of the matrix. */
function singularBackward(u: Tensor, s: Tensor, vh: Tensor, grads: SingularGradients): Tensor | undefined {
  const { gradU, gradS, gradVh } = grads;
  if (!gradU && !gradVh) return gradS && u.mul(gradS.unsqueeze(-2)).matmul(vh);
  const [m, n, k] = [u.shape.at(-2) ?? 0, vh.shape.at(-1) ?? 0, s.shape.at(-1) ?? 0];
  const [v, uh] = [turned(vh), turned(u)];
  const onDiagonal = eye(k, { dtype: 'bool', device: u.device });
  const squares = s.square();
  const gaps = where(onDiagonal, 1, squares.unsqueeze(-2).sub(squares.unsqueeze(-1)));
  let inner = gradS && diagEmbed(gradS);
  const add = (part: Tensor): void => {
    inner = inner ? inner.add(part) : part;
  };
  if (gradU) add(skew(uh.matmul(gradU)).div(gaps).mul(s.unsqueeze(-2)));
  if (gradVh)
    add(
      skew(vh.matmul(turned(gradVh)))
        .div(gaps)
        .mul(s.unsqueeze(-1)),
    );
  let result = u.matmul(inner as Tensor).matmul(vh);
  // What of U and V lies outside of the spaces that they span.
  if (gradU && m > k) {
    const g = gradU.div(s.unsqueeze(-2));
    result = result.add(g.sub(u.matmul(uh.matmul(g))).matmul(vh));
  }
  if (gradVh && n > k) {
    const g = gradVh.div(s.unsqueeze(-1));
    result = result.add(u.matmul(g.sub(g.matmul(v).matmul(vh))));
  }
  return result;
}

/**
 * A = U diag(S) Vh of matrices [*, m, n], with orthonormal columns in U and rows in Vh. The sign of each pair of vectors, and
 * within a singular value that occurs several times the vectors themselves, are arbitrary; their gradient is not finite there.
 * Throws ValueError where a matrix is not finite, and DeviceError on a device that can only be read asynchronously. torch.linalg.svd
 */
export const svd = /* @__PURE__ */ atOnce('svd', (x: Tensor, { fullMatrices = true }: SVDOptions = {}) =>
  decomposition('svd', x, fullMatrices),
);
/** `svd` on every device. */
export const svdAsync = /* @__PURE__ */ awaited(svd);

/** The singular values [*, min(m, n)], falling; their gradient is always finite. torch.linalg.svdvals */
export const svdvals = /* @__PURE__ */ atOnce('svdvals', (x: Tensor) => singularValues('svdvals', x));
/** `svdvals` on every device. */
export const svdvalsAsync = /* @__PURE__ */ awaited(svdvals);
