// Borders, and turning around.

import { ShapeError, show } from '../errors.ts';
import type { Backward } from '../autograd/node.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import type { Guard } from '../kernel/index.ts';
import { normaliseDim } from '../shape.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { checkFits } from './check-fits.ts';
import { checkPadding } from './check-padding.ts';
import { runLoop } from './loop.ts';
import { guarded, movedOp, oneHot } from './place.ts';

/**
 * A border around the last dims: `padding` is [before, after] of the last dim, then of the one before it, …; negative
 * ones cut off. Throws ValueError for a value that an integer dtype would wrap. torch.nn.functional.pad (mode 'constant')
 */
export function padConstant(x: Tensor, padding: readonly number[], value = 0): Tensor {
  const rank = x.shape.length;
  checkPadding(x, padding);
  checkFits('pad', value, x.dtype);
  const before = x.shape.map((_, d) => padding[2 * (rank - 1 - d)] ?? 0);
  const after = x.shape.map((_, d) => padding[2 * (rank - 1 - d) + 1] ?? 0);
  const shape = x.shape.map((n, d) => n + (before[d] ?? 0) + (after[d] ?? 0));
  if (shape.some((n) => n < 0))
    throw new ShapeError(
      'pad',
      `padding ${show(padding)} cuts shape ${show(x.shape)} down to ${show(shape)}. Cut off less.`,
    );
  const guards = x.shape.flatMap((size, d): Guard[] =>
    before[d] || after[d]
      ? [{ coefficients: oneHot(rank, d), start: -(before[d] ?? 0), step: 1, size, stride: x.strides[d] ?? 0 }]
      : [],
  );
  const made = guarded(x, shape, guards, value);
  if (needsGraph([x])) recordNode('constantPad', [x], [made], cutOff(padding));
  return made;
}

// Gradients are made apart from the operations, so that the graph does not keep what those read.
const cutOff = (padding: readonly number[]): Backward => {
  const opposite = padding.map((n) => -n);
  return ([grad]) => [grad && padConstant(grad, opposite)];
};
const turnBack =
  (dims: readonly number[]): Backward =>
  ([grad]) => [grad && flip(grad, dims)];

/** The order of dims turned around. torch.flip */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  const turned = (typeof dims === 'number' ? [dims] : dims).map((d) => normaliseDim('flip', d, x.shape.length));
  if (new Set(turned).size !== turned.length) {
    throw new ShapeError('flip', `dims ${show(turned)} name one dim more than once. Name each dim once.`);
  }
  const made = makeTensor(x.device, x.dtype, x.shape);
  const strides = x.strides.map((s, d) => (turned.includes(d) ? -s : s));
  const offset = turned.reduce((sum, d) => sum + Math.max(0, (x.shape[d] ?? 1) - 1) * (x.strides[d] ?? 0), x.offset);
  runLoop(movedOp([x]), [x.detach()], { out: [made], shape: x.shape, views: [{ offset, strides }] });
  if (needsGraph([x])) recordNode('flip', [x], [made], turnBack(turned));
  return made;
}
