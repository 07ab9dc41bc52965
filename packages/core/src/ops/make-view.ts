// Views and how their gradients find the way back.

import { ShapeError, show } from '../errors.ts';
import { markView, needsGraph, recordNode } from '../autograd/state.ts';
import type { Gradient } from '../autograd/node.ts';
import { wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';

export interface Geometry {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
}

/** From the gradient of a view to that of what it is a view of. It is made apart, so that it keeps no tensor alive. */
export type Back = (grad: Tensor) => Gradient;
const isSize = (n: number): boolean => Number.isInteger(n) && n >= 0;

/** A view of `x`, and how its gradient finds the way back. */
export function makeView(
  name: string,
  x: Tensor,
  { shape, strides, offset = x.offset }: Geometry,
  backward: Back,
): Tensor {
  if (!shape.every(isSize) || !strides.every(Number.isInteger) || !Number.isInteger(offset)) {
    throw new ShapeError(
      name,
      `it would walk shape ${show(shape)} by strides ${show(strides)} from ${offset}. Give whole numbers, and sizes from 0 on.`,
    );
  }
  const view = wrapStorage(x.storage, shape, strides, offset);
  markView(view, x);
  if (needsGraph([x])) recordNode(name, [x], [view], ([grad]) => [grad && backward(grad)]);
  return view;
}

/** The way back where elements of `x` may be read several times, or never. */
export function scatterBack(x: Tensor, { strides, offset }: Required<Geometry>): Back {
  const { shape, strides: outer, offset: start } = x;
  const { length } = x.storage;
  return (grad) => grad.asStridedAdjoint(strides, offset, length).asStrided(shape, outer, start);
}
