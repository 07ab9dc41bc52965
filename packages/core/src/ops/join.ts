// Joining tensors.

import { ShapeError, show } from '../errors.ts';
import type { Backward } from '../autograd/node.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { isFloat } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import { normaliseDim, sameShape } from '../shape.ts';
import { checkOperands, makeTensor, wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { castOp } from './cast.ts';
import { runLoop } from './loop.ts';

/** Tensors one after another along a dim; dtypes are promoted. torch.cat */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  const [head] = tensors;
  if (!head) throw new ShapeError('cat', 'there is nothing to join: the list is empty. Give at least one tensor.');
  checkOperands('cat', tensors);
  // As in PyTorch an empty 1-dim tensor joins with anything.
  const isBlank = (x: Tensor): boolean => x.shape.length === 1 && x.shape[0] === 0;
  const model = tensors.find((x) => !isBlank(x)) ?? head;
  const d = normaliseDim('cat', dim, model.shape.length);
  if (model.shape.length === 0) throw new ShapeError('cat', '0-dim tensors cannot be joined. Use stack.');
  tensors.forEach((x, k) => {
    if (isBlank(x) || sameShape(x.shape.toSpliced(d, 1), model.shape.toSpliced(d, 1))) return;
    throw new ShapeError(
      'cat',
      `tensor ${k} has shape ${show(x.shape)}, others ${show(model.shape)}. All sizes but that of dim ${dim} must be equal.`,
    );
  });
  const dtype = resultType(...tensors);
  const sizes = tensors.map((x) => (isBlank(x) && model.shape.length !== 1 ? 0 : (x.shape[d] ?? 0)));
  const made = makeTensor(
    head.device,
    dtype,
    model.shape.with(
      d,
      sizes.reduce((a, b) => a + b, 0),
    ),
  );
  let start = 0;
  tensors.forEach((x, k) => {
    const size = sizes[k] ?? 0;
    const part = wrapStorage(made.storage, x.shape, made.strides, made.offset + start * (made.strides[d] ?? 0));
    if (size > 0) runLoop(castOp([x], dtype), [x.detach()], { out: [part] });
    start += size;
  });
  if (needsGraph(tensors) && isFloat(dtype)) {
    const shapes = tensors.map((x) => x.shape);
    recordNode('cat', tensors, [made], cutApart(shapes, sizes, d));
  }
  return made;
}

/** The gradient of each part. It knows shapes alone, so that the graph does not keep the parts. */
function cutApart(shapes: readonly (readonly number[])[], sizes: readonly number[], d: number): Backward {
  return ([grad], context) => {
    let at = 0;
    return shapes.map((shape, k) => {
      const from = at;
      at += sizes[k] ?? 0;
      return grad && context.needs(k) ? grad.narrow(d, from, sizes[k] ?? 0).reshape(shape) : undefined;
    });
  };
}

/** Tensors of one shape along a new dim. torch.stack */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const [head] = tensors;
  if (!head) throw new ShapeError('stack', 'there is nothing to stack: the list is empty. Give at least one tensor.');
  checkOperands('stack', tensors);
  tensors.forEach((x, k) => {
    if (sameShape(x.shape, head.shape)) return;
    throw new ShapeError(
      'stack',
      `tensor ${k} has shape ${show(x.shape)}, the first ${show(head.shape)}. All must be equal.`,
    );
  });
  const d = normaliseDim('stack', dim, head.shape.length + 1);
  return cat(
    tensors.map((x) => x.unsqueeze(d)),
    d,
  );
}

const atLeast = (x: Tensor, rank: number): Tensor => {
  if (x.shape.length >= rank) return x;
  if (x.shape.length === 0) return atLeast(x.reshape([1]), rank);
  return x.shape.length === 1 && rank > 1 ? atLeast(x.unsqueeze(0), rank) : x.unsqueeze(-1);
};

/** Joined side by side: along dim 1, or 0 for vectors. torch.hstack */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const parts = tensors.map((x) => atLeast(x, 1));
  return cat(parts, parts.every((x) => x.shape.length === 1) ? 0 : 1);
}

/** Joined one below the other: vectors become rows. torch.vstack */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return cat(
    tensors.map((x) => atLeast(x, 2)),
    0,
  );
}

/** Joined one behind the other: along dim 2. torch.dstack */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return cat(
    tensors.map((x) => atLeast(x, 3)),
    2,
  );
}
