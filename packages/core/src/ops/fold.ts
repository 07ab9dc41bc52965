// Windows cut out of an image, side by side as columns, and put back: element k of window o lies at i = o·stride + k·dilation −
// padding. Putting back is a loop over the image that adds what the windows hold of each element, the same guard turned around;
// each of the two is the other's gradient.

import { needsGraph, recordNode } from '../autograd/state.ts';
import { DTypeError, ShapeError, show } from '../errors.ts';
import { foldGuards, sizeOf, type Guard, type View } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';
import { perDim, type PerDim } from './per-dim.ts';
import { movedOp } from './place.ts';
import type { Windows } from './windows.ts';

export interface FoldOptions {
  /** The distance of a window's elements. Default 1. */
  readonly dilation?: PerDim;
  /** Zeros on both ends of each dim. Default 0. */
  readonly padding?: PerDim;
  /** The distance of windows. Default 1. */
  readonly stride?: PerDim;
}

const rank = 2;
const sumOp = /* @__PURE__ */ loopOp('fold', (k) => k.perRow(k.sum(k.input(0))));

/** [N, C, …i] to [N, C, …k, …o]. */
function cutOut(x: Tensor, w: Windows): Tensor {
  const shape = [...x.shape.slice(0, 2), ...w.kernel, ...w.out];
  const guards = w.image.map((size, d): Guard => {
    const coefficients = shape.map(() => 0);
    coefficients[2 + d] = w.dilation[d] ?? 1;
    coefficients[2 + rank + d] = w.stride[d] ?? 1;
    return { coefficients, start: -(w.padding[d] ?? 0), step: 1, size, stride: x.strides[2 + d] ?? 0 };
  });
  const strides = shape.map((_, d) => (d < 2 ? (x.strides[d] ?? 0) : 0));
  const view = foldGuards(shape, { offset: x.offset, strides, guards, fill: 0 });
  const [made] = runLoop(movedOp([x]), [x.detach()], { shape, views: [view] }) as [Tensor];
  if (needsGraph([x])) recordNode('unfold', [x], [made], ([grad]) => [grad && putBack(grad, w)]);
  return made;
}

/** [N, C, …k, …o] to [N, C, …i]: the adjoint of `cutOut`. */
function putBack(y: Tensor, w: Windows): Tensor {
  const rows = [...y.shape.slice(0, 2), ...w.image];
  const shape = [...rows, ...w.kernel];
  const guards = w.image.map((_, d): Guard => {
    const coefficients = shape.map(() => 0);
    coefficients[2 + d] = 1;
    coefficients[2 + rank + d] = -(w.dilation[d] ?? 1);
    const [start, step, size] = [w.padding[d] ?? 0, w.stride[d] ?? 1, w.out[d] ?? 0];
    return { coefficients, start, step, size, stride: y.strides[2 + rank + d] ?? 0 };
  });
  const strides = shape.map((_, d) => (d < 2 ? (y.strides[d] ?? 0) : d < 2 + rank ? 0 : (y.strides[d - rank] ?? 0)));
  const view: View = foldGuards(shape, { offset: y.offset, strides, guards, fill: 0 });
  const columns = w.kernel.map((_, d) => rows.length + d);
  const [made] = runLoop(sumOp([y]), [y.detach()], { shape, columns, views: [view] }) as [Tensor];
  if (needsGraph([y])) recordNode('fold', [y], [made], ([grad]) => [grad && cutOut(grad, w)]);
  return made;
}

function windowsOver(op: string, image: readonly number[], kernelSize: PerDim, options: FoldOptions): Windows {
  const kernel = perDim(op, 'kernelSize', kernelSize, rank, 1);
  const dilation = perDim(op, 'dilation', options.dilation ?? 1, rank, 1);
  const padding = perDim(op, 'padding', options.padding ?? 0, rank, 0);
  const stride = perDim(op, 'stride', options.stride ?? 1, rank, 1);
  const out = image.map((n, d) => {
    const reach = (dilation[d] ?? 1) * ((kernel[d] ?? 1) - 1) + 1;
    return Math.floor((n + 2 * (padding[d] ?? 0) - reach) / (stride[d] ?? 1)) + 1;
  });
  if (out.some((n) => n < 1)) {
    throw new ShapeError(
      op,
      `no window of ${show(kernel)} fits an image of ${show(image)}: there would be ${show(out)} windows. Use a smaller kernel or a larger image.`,
    );
  }
  return { image, kernel, stride, padding, dilation, out };
}

/**
 * The windows of an image as columns: x [N, C, H, W] or [C, H, W] gives [N, C·∏k, L] or [C·∏k, L], where L counts the windows
 * row-major and element k of window o is x[o·stride + k·dilation − padding], 0 outside. Any dtype. Throws ShapeError where no
 * window fits. Not the method `unfold`, which is a view.
 * torch.nn.functional.unfold
 */
export function im2col(x: Tensor, kernelSize: PerDim, options: FoldOptions = {}): Tensor {
  const isBatch = x.shape.length === 4;
  if (!isBatch && x.shape.length !== 3) {
    throw new ShapeError('unfold', `the input ${show(x.shape)} is no image. It takes [N, C, H, W] or [C, H, W].`);
  }
  if (sizeOf(x.shape.slice(-3)) === 0)
    throw new ShapeError('unfold', `the input ${show(x.shape)} has no elements. Only the batch may be empty.`);
  const image = isBatch ? x : x.unsqueeze(0);
  const cut = cutOut(image, windowsOver('unfold', image.shape.slice(2), kernelSize, options));
  const [, channels = 0, high = 1, wide = 1, rows = 1, columns = 1] = cut.shape;
  const made = [channels * high * wide, rows * columns];
  return cut.reshape(isBatch ? [cut.shape[0] ?? 0, ...made] : made);
}

/**
 * Adds windows up to an image: x [N, C·∏k, L] or [C·∏k, L], as `unfold` with the same options makes them of an image of
 * `outputSize`, gives [N, C, H, W] or [C, H, W]. The adjoint of `unfold`, not its inverse: where windows overlap they add up.
 * Throws ShapeError where the sizes do not fit, DTypeError for bool. torch.nn.functional.fold
 */
export function col2im(x: Tensor, outputSize: PerDim, kernelSize: PerDim, options: FoldOptions = {}): Tensor {
  const isBatch = x.shape.length === 3;
  if (!isBatch && x.shape.length !== 2)
    throw new ShapeError('fold', `the input ${show(x.shape)} holds no columns. It takes [N, C·∏k, L] or [C·∏k, L].`);
  if (x.dtype === 'bool') throw new DTypeError('fold', "bool cannot be added up. Convert with `.to('int32')`.");
  const image = perDim('fold', 'outputSize', outputSize, rank, 1);
  const w = windowsOver('fold', image, kernelSize, options);
  const [height = 0, length = 0] = x.shape.slice(-2);
  const [perChannel, count] = [sizeOf(w.kernel), sizeOf(w.out)];
  if (height === 0 || height % perChannel !== 0) {
    throw new ShapeError(
      'fold',
      `the input ${show(x.shape)} has columns of ${height}, which windows of ${show(w.kernel)} do not divide. Give a multiple of ${perChannel}.`,
    );
  }
  if (length !== count) {
    throw new ShapeError(
      'fold',
      `the input ${show(x.shape)} has ${length} columns, an image of ${show(image)} has ${count} windows. Make them equal.`,
    );
  }
  const split = [height / perChannel, ...w.kernel, ...w.out];
  const batch = isBatch ? x.reshape([x.shape[0] ?? 0, ...split]) : x.reshape([1, ...split]);
  const made = putBack(batch, w);
  return isBatch ? made : made.squeeze(0);
}
