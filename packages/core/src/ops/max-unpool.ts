// Max pooling turned back: what a window chose returns to where it came from.

import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { sizeOf } from '../kernel/index.ts';
import { sameShape } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { write } from './lookup.ts';
import { asBatch, perDim, type PerDim } from './per-dim.ts';

export interface MaxUnpoolOptions {
  /** Default: the kernel's size. */
  readonly stride?: PerDim | undefined;
  /** What the pooling had. Default 0. */
  readonly padding?: PerDim;
  /** The size to restore, where pooling maps several to one: spatial, or the whole shape [N, C, …]. */
  readonly outputSize?: readonly number[] | undefined;
}

function sizesOf(
  op: string,
  pooled: readonly number[],
  kernelSize: PerDim,
  { stride, padding = 0, outputSize }: MaxUnpoolOptions,
): readonly number[] {
  const rank = pooled.length;
  const kernel = perDim(op, 'kernelSize', kernelSize, rank, 1);
  const step = perDim(op, 'stride', stride ?? kernelSize, rank, 1);
  const border = perDim(op, 'padding', padding, rank, 0);
  const usual = pooled.map((n, d) => (n - 1) * (step[d] ?? 1) + (kernel[d] ?? 1) - 2 * (border[d] ?? 0));
  const sizes = outputSize?.length === rank + 2 ? outputSize.slice(2) : (outputSize ?? usual);
  if (sizes.length !== rank) {
    throw new ShapeError(
      op,
      `outputSize ${show(sizes)} has ${sizes.length} numbers. Give ${rank}, or ${rank + 2} with batch and channels.`,
    );
  }
  if (outputSize && sizes.some((n, d) => Math.abs(n - (usual[d] ?? 0)) >= (step[d] ?? 1))) {
    const [least, most] = [usual.map((n, d) => n - (step[d] ?? 1) + 1), usual.map((n, d) => n + (step[d] ?? 1) - 1)];
    throw new ValueError(
      op,
      `outputSize ${show(sizes)} does not pool to ${show(pooled)}. Use sizes from ${show(least)} to ${show(most)}.`,
    );
  }
  if (sizes.some((n) => !Number.isInteger(n) || n < 1))
    throw new ShapeError(op, `the result would have sizes ${show(sizes)}. Use less padding, or give outputSize.`);
  return sizes;
}

function maxUnpool(
  rank: number,
  input: Tensor,
  indices: Tensor,
  kernelSize: PerDim,
  options: MaxUnpoolOptions,
): Tensor {
  const op = `maxUnpool${rank}d`;
  checkOperands(op, [input, indices]);
  if (indices.dtype !== 'int32') {
    throw new DTypeError(
      op,
      `the indices are ${indices.dtype}, they must be int32. Take those that max pooling gives with \`returnIndices\`.`,
    );
  }
  if (!sameShape(input.shape, indices.shape)) {
    throw new ShapeError(
      op,
      `the input has shape ${show(input.shape)}, the indices ${show(indices.shape)}. They must be equal.`,
    );
  }
  return asBatch(op, input, rank, (x, finish) => {
    if (sizeOf(x.shape.slice(1)) === 0)
      throw new ShapeError(op, `the input ${show(input.shape)} has no elements. Only the batch may be empty.`);
    const sizes = sizesOf(op, x.shape.slice(2), kernelSize, options);
    const batch = x.shape.slice(0, 2);
    const flat = [...batch, sizeOf(x.shape.slice(2))];
    const [values, index] = [x.reshape(flat), indices.reshape(flat)];
    const lookup = { shape: flat, dims: [0, 1, { index, at: 0 }], wrap: false };
    const made = write(op, x.zeros([...batch, sizeOf(sizes)]), lookup, values, 'set', true);
    return finish(made.reshape([...batch, ...sizes]));
  });
}

/**
 * Puts what max pooling chose back where it was, zeros elsewhere: out[n, c, indices[n, c, o]] = x[n, c, o], of equal indices the
 * last. x and indices [N, C, L] or [C, L]; the result has (L − 1)·stride + kernelSize − 2·padding elements, or `outputSize`.
 * Throws ValueError for an index or a size out of range. torch.nn.functional.max_unpool1d
 */
export function maxUnpool1d(x: Tensor, indices: Tensor, kernelSize: PerDim, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool(1, x, indices, kernelSize, options);
}

/** As maxUnpool1d over two dims: x [N, C, H, W] or [C, H, W]. torch.nn.functional.max_unpool2d */
export function maxUnpool2d(x: Tensor, indices: Tensor, kernelSize: PerDim, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool(2, x, indices, kernelSize, options);
}

/** As maxUnpool1d over three dims: x [N, C, D, H, W] or [C, D, H, W]. torch.nn.functional.max_unpool3d */
export function maxUnpool3d(x: Tensor, indices: Tensor, kernelSize: PerDim, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool(3, x, indices, kernelSize, options);
}
