// Convolutions over one to three dims, and transposed ones: arguments and their checks. The work is convolution.ts's.

import { autocasting } from '../autocast-mode.ts';
import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { sameShape } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { convolution } from './convolution.ts';
import { asBatch, perDim, type PerDim } from './per-dim.ts';

export interface ConvOptions {
  /** One number per output channel. */
  readonly bias?: Tensor | undefined;
  /** Default 1. */
  readonly stride?: PerDim;
  /** Zeros on both ends; 'same' keeps the size (stride 1 only; an odd number has one more at the end). Default 0, which is 'valid'. */
  readonly padding?: PerDim | 'valid' | 'same';
  /** The distance of the kernel's elements. Default 1. */
  readonly dilation?: PerDim;
  /** Channels are cut into so many parts, each with kernels of its own. Default 1. */
  readonly groups?: number;
}

export interface ConvTransposeOptions extends Omit<ConvOptions, 'padding'> {
  /** Cut off on both ends of the result, as a convolution with that padding would have added. Default 0. */
  readonly padding?: PerDim;
  /** Added to the size of the result at the end of each dim, to choose among the sizes that a stride maps to one. Default 0. */
  readonly outputPadding?: PerDim;
}

const spatialSizes = (x: Tensor): readonly number[] => x.shape.slice(2);

function check(
  op: string,
  x: Tensor,
  weight: Tensor,
  { bias, groups = 1 }: Pick<ConvOptions, 'bias' | 'groups'>,
  rank: number,
): void {
  for (const y of bias ? [weight, bias] : [weight]) {
    checkOperands(op, [x, y]);
    if (y.dtype === x.dtype) continue;
    const what = y === weight ? 'weight' : 'bias';
    throw new DTypeError(
      op,
      `the input is ${x.dtype}, the ${what} ${y.dtype}. Convert one with \`.to('${x.dtype}')\`.`,
    );
  }
  if (x.dtype === 'bool') throw new DTypeError(op, "it is not defined for bool. Convert with `.to('float32')`.");
  if (weight.shape.length !== rank + 2)
    throw new ShapeError(op, `the weight ${show(weight.shape)} has ${weight.shape.length} dims. It takes ${rank + 2}.`);
  if (!Number.isInteger(groups) || groups < 1)
    throw new ValueError(op, `groups is ${groups}. It must be a whole number from 1 on.`);
  const [outer = 0] = weight.shape;
  if (outer === 0 || outer % groups !== 0) {
    throw new ShapeError(
      op,
      `the weight ${show(weight.shape)} has ${outer} channels in dim 0, which ${groups} groups do not divide. Use a multiple of groups.`,
    );
  }
  if (weight.shape.slice(2).some((n) => n === 0))
    throw new ShapeError(op, `the kernel of the weight ${show(weight.shape)} is empty. Every size must be positive.`);
}

function checkChannels(op: string, x: Tensor, weight: Tensor, groups: number, expected: number): void {
  if (x.shape[1] === expected) return;
  throw new ShapeError(
    op,
    `the input ${show(x.shape)} has ${x.shape[1]} channels, the weight ${show(weight.shape)} with ${groups} groups takes ${expected}. Make them equal.`,
  );
}

function checkBias(op: string, bias: Tensor | undefined, weight: Tensor, channels: number): void {
  if (!bias || sameShape(bias.shape, [channels])) return;
  throw new ShapeError(
    op,
    `the bias has shape ${show(bias.shape)}, the weight ${show(weight.shape)} gives ${channels} channels. It must be [${channels}].`,
  );
}

function conv(rank: number, input: Tensor, weight: Tensor, options: ConvOptions): Tensor {
  const op = `conv${rank}d`;
  const mode = autocasting();
  if (mode) return mode.run(op, conv, [rank, input, weight, options]);
  const { bias, groups = 1 } = options;
  check(op, input, weight, options, rank);
  return asBatch(op, input, rank, (x, finish) => {
    checkChannels(op, x, weight, groups, (weight.shape[1] ?? 0) * groups);
    checkBias(op, bias, weight, weight.shape[0] ?? 0);
    const stride = perDim(op, 'stride', options.stride ?? 1, rank, 1);
    const dilation = perDim(op, 'dilation', options.dilation ?? 1, rank, 1);
    const reach = spatialSizes(weight).map((k, d) => (k - 1) * (dilation[d] ?? 1));
    const sizes = spatialSizes(x);
    const [padding, total] = paddingOf(op, options.padding ?? 0, stride, reach);
    const out = sizes.map((n, d) => {
      const room = n + (total[d] ?? 0) - (reach[d] ?? 0);
      if (room >= 1) return Math.floor((room - 1) / (stride[d] ?? 1)) + 1;
      const [padded, kernel] = [sizes.map((m, e) => m + (total[e] ?? 0)), reach.map((r) => r + 1)];
      throw new ShapeError(
        op,
        `the kernel covers ${show(kernel)}, the padded input ${show(padded)}. It must fit: use a smaller kernel or more padding.`,
      );
    });
    const shapes = { x: x.shape, w: weight.shape, y: [x.shape[0] ?? 0, weight.shape[0] ?? 0, ...out] };
    return finish(convolution(op, { groups, geometry: { stride, padding, dilation }, shapes }, { x, w: weight }, bias));
  });
}

/** The padding at the low end of each dim, and that of both ends together. */
function paddingOf(
  op: string,
  padding: PerDim | 'valid' | 'same',
  stride: readonly number[],
  reach: readonly number[],
): [low: number[], total: number[]] {
  if (padding === 'same') {
    if (stride.some((s) => s !== 1))
      throw new ValueError(
        op,
        `padding 'same' does not go with stride ${show(stride)}. Use stride 1 or give the padding.`,
      );
    return [reach.map((r) => Math.floor(r / 2)), [...reach]];
  }
  if (typeof padding === 'string' && padding !== 'valid')
    throw new ValueError(op, `there is no padding '${String(padding)}'. Use 'valid', 'same' or numbers.`);
  const low = perDim(op, 'padding', padding === 'valid' ? 0 : padding, reach.length, 0);
  return [low, low.map((p) => 2 * p)];
}

function convTranspose(rank: number, input: Tensor, weight: Tensor, options: ConvTransposeOptions): Tensor {
  const op = `convTranspose${rank}d`;
  const mode = autocasting();
  if (mode) return mode.run(op, convTranspose, [rank, input, weight, options]);
  const { bias, groups = 1 } = options;
  check(op, input, weight, options, rank);
  return asBatch(op, input, rank, (y, finish) => {
    checkChannels(op, y, weight, groups, weight.shape[0] ?? 0);
    const channels = (weight.shape[1] ?? 0) * groups;
    checkBias(op, bias, weight, channels);
    const stride = perDim(op, 'stride', options.stride ?? 1, rank, 1);
    const dilation = perDim(op, 'dilation', options.dilation ?? 1, rank, 1);
    const padding = perDim(op, 'padding', options.padding ?? 0, rank, 0);
    const extra = perDim(op, 'outputPadding', options.outputPadding ?? 0, rank, 0);
    if (extra.some((p, d) => p >= Math.max(stride[d] ?? 1, dilation[d] ?? 1))) {
      throw new ValueError(
        op,
        `outputPadding ${show(extra)} must be smaller than stride ${show(stride)} or dilation ${show(dilation)} in every dim. Use less.`,
      );
    }
    const out = spatialSizes(y).map((n, d) => {
      const reach = ((weight.shape[2 + d] ?? 1) - 1) * (dilation[d] ?? 1);
      return (n - 1) * (stride[d] ?? 1) - 2 * (padding[d] ?? 0) + reach + (extra[d] ?? 0) + 1;
    });
    if (out.some((n) => n < 1))
      throw new ShapeError(
        op,
        `the input ${show(y.shape)} would give sizes ${show(out)}. Use less padding or a larger kernel.`,
      );
    const shapes = { x: [y.shape[0] ?? 0, channels, ...out], w: weight.shape, y: y.shape };
    return finish(convolution(op, { groups, geometry: { stride, padding, dilation }, shapes }, { w: weight, y }, bias));
  });
}

/**
 * Cross-correlation over one dim: out[n, co, o] = bias[co] + Σ weight[co, ci, k] · x[n, ci, o·stride + k·dilation − padding].
 * x [N, Ci, L] or [Ci, L], weight [Co, Ci/groups, K], all of one dtype, not bool. Throws ShapeError where channels or
 * sizes do not fit. torch.nn.functional.conv1d
 */
export function conv1d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return conv(1, x, weight, options);
}

/** As conv1d over two dims: x [N, Ci, H, W] or [Ci, H, W], weight [Co, Ci/groups, KH, KW]. torch.nn.functional.conv2d */
export function conv2d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return conv(2, x, weight, options);
}

/** As conv1d over three dims: x [N, Ci, D, H, W] or [Ci, D, H, W], weight [Co, Ci/groups, KD, KH, KW]. torch.nn.functional.conv3d */
export function conv3d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  return conv(3, x, weight, options);
}

/**
 * The adjoint of conv1d, which spreads every element of x over a kernel: x [N, Ci, L] or [Ci, L], weight [Ci, Co/groups, K],
 * result of size (L − 1)·stride − 2·padding + (K − 1)·dilation + outputPadding + 1. Throws ShapeError where channels or
 * sizes do not fit. torch.nn.functional.conv_transpose1d
 */
export function convTranspose1d(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  return convTranspose(1, x, weight, options);
}

/** As convTranspose1d over two dims: weight [Ci, Co/groups, KH, KW]. torch.nn.functional.conv_transpose2d */
export function convTranspose2d(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  return convTranspose(2, x, weight, options);
}

/** As convTranspose1d over three dims: weight [Ci, Co/groups, KD, KH, KW]. torch.nn.functional.conv_transpose3d */
export function convTranspose3d(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  return convTranspose(3, x, weight, options);
}
