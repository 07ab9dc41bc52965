// Average pooling: a loop over windows. It is linear, and its adjoint is the same sum as a loop over the image.

import { needsGraph, recordNode } from '../autograd/state.ts';
import { ValueError } from '../errors.ts';
import { sizeOf } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';
import { asBatch, type PerDim } from './per-dim.ts';
import { scratch } from './scratch.ts';
import { overImage, overWindows, windowsOf, type WindowOptions, type Windows } from './windows.ts';

export interface AvgPoolOptions extends WindowOptions {
  /** Whether padding counts as zeros to average over. Default true. */
  readonly countIncludePad?: boolean;
  /** Divide by this instead of the number of elements. */
  readonly divisorOverride?: number | undefined;
  /** @internal Who asks, as errors name it. */
  readonly _op?: string;
}

const averageOp = loopOp('avgPool', (k) => k.perRow(k.sum(k.input(0)).div(k.scalar(k.input(0).dtype))));

/** Σ over every window, divided. */
export function averageWindows(op: string, w: Windows, x: Tensor, divisor: number): Tensor {
  const { shape, columns, guarded } = overWindows(w, x.shape.slice(0, 2));
  const run = { shape, columns, views: [guarded(x, 0)], scalars: [divisor] };
  const [made] = runLoop(averageOp([x]), [x.detach()], run) as [Tensor];
  if (needsGraph([x])) recordNode(op, [x], [made], ([grad]) => [grad && spreadWindows(op, w, grad, divisor)]);
  return made;
}

/** To every element Σ over the windows that hold it, divided: the adjoint of `averageWindows`. */
function spreadWindows(op: string, w: Windows, y: Tensor, divisor: number): Tensor {
  const batch = y.shape.slice(0, 2);
  const { shape, columns, guarded } = overImage(w, batch);
  const run = { shape, columns, views: [guarded(y, 0)], scalars: [divisor] };
  const made = (runLoop(averageOp([y]), [y.detach()], run)[0] as Tensor).reshape([...batch, ...w.image]);
  if (needsGraph([y])) recordNode(op, [y], [made], ([grad]) => [grad && averageWindows(op, w, grad, divisor)]);
  return made;
}

/** How many elements each window averages over: the padding may not count, what lies behind it never does. */
function countsOf(op: string, w: Windows, x: Tensor, countIncludePad: boolean): Tensor {
  const padded = w.image.map((n, d) => n + 2 * (w.padding[d] ?? 0));
  const counted = countIncludePad ? { ...w, image: padded, padding: padded.map(() => 0) } : w;
  return averageWindows(op, counted, x.filled(1, []).expand([1, 1, ...counted.image]), 1);
}

function avgPool(rank: number, input: Tensor, kernelSize: PerDim, options: AvgPoolOptions): Tensor {
  const { countIncludePad = true, divisorOverride, _op: op = `avgPool${rank}d` } = options;
  if (divisorOverride === 0) throw new ValueError(op, 'divisorOverride is 0. Use another number, or leave it out.');
  return asBatch(op, input, rank, (x, finish) => {
    const w = windowsOf(op, x, kernelSize, options);
    const isEven =
      (countIncludePad || w.padding.every((p) => p === 0)) &&
      w.image.every((n, d) => {
        const reach = ((w.out[d] ?? 1) - 1) * (w.stride[d] ?? 1) + (w.kernel[d] ?? 1);
        return reach <= n + 2 * (w.padding[d] ?? 0);
      });
    const divisor = divisorOverride ?? (isEven ? sizeOf(w.kernel) : undefined);
    if (divisor !== undefined) return finish(averageWindows(op, w, x, divisor));
    return finish(scratch([x], () => averageWindows(op, w, x, 1).div(countsOf(op, w, x, countIncludePad))));
  });
}

/**
 * The mean of every window: out[n, c, o] = Σₖ x[n, c, o·stride + k − padding] / K, what lies outside of x taken as 0 (with
 * `countIncludePad: false` as absent). x [N, C, L] or [C, L] of floats. Throws ShapeError where no window fits, ValueError
 * for padding beyond half the kernel. torch.nn.functional.avg_pool1d
 */
export function avgPool1d(x: Tensor, kernelSize: PerDim, options: AvgPoolOptions = {}): Tensor {
  return avgPool(1, x, kernelSize, options);
}

/** As avgPool1d over two dims: x [N, C, H, W] or [C, H, W]. torch.nn.functional.avg_pool2d */
export function avgPool2d(x: Tensor, kernelSize: PerDim, options: AvgPoolOptions = {}): Tensor {
  return avgPool(2, x, kernelSize, options);
}

/** As avgPool1d over three dims: x [N, C, D, H, W] or [C, D, H, W]. torch.nn.functional.avg_pool3d */
export function avgPool3d(x: Tensor, kernelSize: PerDim, options: AvgPoolOptions = {}): Tensor {
  return avgPool(3, x, kernelSize, options);
}
