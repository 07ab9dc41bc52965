// Singular values.

import { ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { eye } from '../creation.ts';
import { diagEmbed } from '../ops/triangle.ts';
import { where } from '../ops/where.ts';
import type { Tensor } from '../tensor.ts';
import { decompose } from './host/svd.ts';
import { checkMatrices, matrixOf, matrixSizes, turned, whichOf } from './matrices.ts';
import { bothForms, computed, type Steps } from './steps.ts';

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
  const { batch, rows: m, columns: n, count } = matrixSizes(x);
  const { dtype } = x;
  const k = Math.min(m, n);
  const [wide, high] = fullMatrices ? [m, n] : [k, k];
  const specs = [
    { dtype, shape: [...batch, m, wide] },
    { dtype, shape: [...batch, k] },
    { dtype, shape: [...batch, high, n] },
  ];
  const [U, S, Vh] = (yield* computed([x], specs, ([data], [us, ss, vhs]) => {
    for (let b = 0; b < count; b++) {
      const a = matrixOf(data, b, m * n);
      if (!a.every(Number.isFinite))
        throw new ValueError(op, `matrix${whichOf(batch, b)} has elements that are not finite. Take them out first, for example by nanToNum.`); // prettier-ignore
      const { u, s, vh } = decompose(a, m, n, fullMatrices);
      us?.set(u, b * m * wide);
      ss?.set(s, b * k);
      vhs?.set(vh, b * high * n);
    }
  })) as [Tensor, Tensor, Tensor];
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

const forms = bothForms('svd', function* (x: Tensor, { fullMatrices = true }: SVDOptions = {}) {
  return yield* decomposition('svd', x, fullMatrices);
});
/**
 * A = U diag(S) Vh of matrices [*, m, n], with orthonormal columns in U and rows in Vh. The sign of each pair of vectors, and
 * within a singular value that occurs several times the vectors themselves, are arbitrary; their gradient is not finite there.
 * Throws ValueError where a matrix is not finite, and DeviceError on a device that can only be read asynchronously. torch.linalg.svd
 */
export const svd = forms.now;
/** `svd` on every device. */
export const svdAsync = forms.later;

const valueForms = bothForms('svdvals', function* (x: Tensor) {
  return (yield* decomposition('svdvals', x, false)).S;
});
/** The singular values [*, min(m, n)], falling; their gradient is always finite. torch.linalg.svdvals */
export const svdvals = valueForms.now;
/** `svdvals` on every device. */
export const svdvalsAsync = valueForms.later;
