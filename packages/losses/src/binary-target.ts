// What the two binary cross-entropies share: a target for each element of the input, and factors that broadcast to it.

import { DTypeError, isFloat, ShapeError, show, type Tensor } from '@rushlight/core';
import { isSameShape } from './same-shape.ts';

/** Refuses an input and a target that are not floats of one shape. */
export function checkPair(op: string, input: Tensor, target: Tensor): void {
  if (!isFloat(input.dtype) || !isFloat(target.dtype)) {
    throw new DTypeError(
      op,
      `the input is ${input.dtype}, the target ${target.dtype}. Both must be floats: convert with \`.to('float32')\`.`,
    );
  }
  if (isSameShape(input.shape, target.shape)) return;
  throw new ShapeError(
    op,
    `the input has shape ${show(input.shape)}, the target ${show(target.shape)}. They must be equal: reshape one of them.`,
  );
}

/** Refuses factors that would make the result larger than the input. */
export function checkFactor(op: string, name: string, factor: Tensor | null | undefined, input: Tensor): void {
  if (!factor) return;
  const [from, to] = [factor.shape, input.shape];
  const missing = to.length - from.length;
  if (missing >= 0 && from.every((n, d) => n === 1 || n === to[d + missing])) return;
  throw new ShapeError(
    op,
    `the ${name} has shape ${show(from)}, the input ${show(to)}. It must broadcast to the shape of the input.`,
  );
}
