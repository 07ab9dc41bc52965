// Copying through guarded views: a small tensor placed into a larger one.

import { needsGraph, recordNode } from '../autograd/state.ts';
import { castValue, type Guard } from '../kernel/index.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';

export const movedOp = loopOp('moved', (k) => k.perElement(k.input(0)));

/** Copies `x` into a larger shape through guards; outside of them `fill`. No gradient by itself. */
export function guarded(x: Tensor, shape: readonly number[], guards: readonly Guard[], fill: number): Tensor {
  const strides = x.strides.map((stride, d) => (guards.some((guard) => guard.coefficients[d] !== 0) ? 0 : stride));
  const made = makeTensor(x.device, x.dtype, shape);
  runLoop(movedOp([x]), [x.detach()], {
    out: [made],
    shape,
    views: [{ offset: x.offset, strides, guards, fill: castValue(fill, x.dtype) }],
  });
  return made;
}

export const oneHot = (rank: number, d: number): number[] => Array.from({ length: rank }, (_, k) => (k === d ? 1 : 0));

/** The adjoint of a slice: zeros of `shape` with `x` at start, start + step, … of a dim. */
export function placeAlong(x: Tensor, shape: readonly number[], d: number, start: number, step: number): Tensor {
  const guard: Guard = {
    coefficients: oneHot(shape.length, d),
    start: -start,
    step,
    size: x.shape[d] ?? 0,
    stride: x.strides[d] ?? 0,
  };
  const made = guarded(x, shape, [guard], 0);
  const count = x.shape[d] ?? 0;
  if (needsGraph([x])) {
    recordNode('place', [x], [made], ([grad]) => [
      grad && grad.slice(d, start, count === 0 ? start : start + (count - 1) * step + 1, step),
    ]);
  }
  return made;
}
