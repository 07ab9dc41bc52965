// At least so many dims, and joining what has too few.

import type { Tensor } from '../tensor.ts';
import { cat, hstack, vstack } from './join.ts';
import { reshape, unsqueeze } from './view.ts';

type Each = ((x: Tensor) => Tensor) & ((tensors: readonly Tensor[]) => Tensor[]);

const each = (one: (x: Tensor) => Tensor): Each =>
  ((given: Tensor | readonly Tensor[]) => (Array.isArray(given) ? given.map(one) : one(given as Tensor))) as Each;

const oneDim = (x: Tensor): Tensor => (x.shape.length === 0 ? reshape(x, [1]) : x);
const twoDims = (x: Tensor): Tensor => (x.shape.length < 2 ? unsqueeze(oneDim(x), 0) : x);
const threeDims = (x: Tensor): Tensor => (x.shape.length < 3 ? unsqueeze(twoDims(x), -1) : x);

/** A view with a dim if there is none; of a list each. torch.atleast_1d */
export const atleast1d: Each = /* @__PURE__ */ each(oneDim);
/** A view with at least 2 dims, missing ones in front; of a list each. torch.atleast_2d */
export const atleast2d: Each = /* @__PURE__ */ each(twoDims);
/** A view with at least 3 dims: vectors become [1, n, 1], matrices [n, m, 1]; of a list each. torch.atleast_3d */
export const atleast3d: Each = /* @__PURE__ */ each(threeDims);

/** Joined side by side, vectors as columns. torch.column_stack */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  return hstack(tensors.map((x) => (x.shape.length < 2 ? reshape(x, [-1, 1]) : x)));
}

/** `vstack`. torch.row_stack */
export function rowStack(tensors: readonly Tensor[]): Tensor {
  return vstack(tensors);
}

/** `cat`. torch.concat */
export function concat(tensors: readonly Tensor[], dim = 0): Tensor {
  return cat(tensors, dim);
}

/** `cat`. torch.concatenate */
export function concatenate(tensors: readonly Tensor[], dim = 0): Tensor {
  return cat(tensors, dim);
}
