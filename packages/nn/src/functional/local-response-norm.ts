// Channels damped by those beside them: each value divided by a power of what the squares in its window of channels sum to.

import {
  DTypeError, isFloat, loopOp, padConstant, runLoop, ShapeError, show, unfold, ValueError, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { pow } from '@rushlight/core/kernel';

export interface LocalResponseNormOptions {
  /** What the mean of the squares is multiplied by. Default 1e-4. */
  readonly alpha?: number;
  /** The power. Default 0.75. */
  readonly beta?: number;
  /** Added to the mean before. Default 1. */
  readonly k?: number;
}

/** How many channels a window has before and after its own. */
export interface ChannelWindow {
  readonly before: number;
  readonly after: number;
}

const responseOp = loopOp('localResponseNorm', (k) => {
  const [x, neighbour] = [k.input(0), k.input(1)];
  const [share, beta, base] = [k.scalar(x.dtype), k.scalar(x.dtype), k.scalar(x.dtype)];
  k.perRow(x.div(pow(k.sum(neighbour.square()).mul(share).add(base), beta)));
});

/** @internal x / (k + α/size · Σ x² over a window of channels)^β, with zeros beyond the channels. */
export function acrossChannels(
  x: Tensor,
  size: number,
  { before, after }: ChannelWindow,
  { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions,
): Tensor {
  const padding = [...x.shape.slice(2).flatMap(() => [0, 0]), before, after];
  const inputs = [x.unsqueeze(-1), unfold(padConstant(x, padding), 1, before + after + 1, 1)];
  const run = { columns: [x.shape.length], scalars: [alpha / size, beta, k] };
  return runLoop(responseOp(inputs), inputs, run)[0] as Tensor;
}

/** @internal Refuses what is no window or has no channels. */
export function checkResponse(op: string, x: Tensor, size: number, rank: number): void {
  if (!isFloat(x.dtype))
    throw new DTypeError(op, `the input is ${x.dtype}. It must be a float: convert with \`.to('float32')\`.`);
  if (x.shape.length < rank)
    throw new ShapeError(op, `the input has shape ${show(x.shape)}. It needs ${rank} dims or more: [N, C, *].`);
  checkWindow(op, size);
}

/** @internal Refuses a size that is no number of channels. */
export function checkWindow(op: string, size: number): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new ValueError(op, `the size is ${size}. It must be an integer ≥ 1: how many channels a window has.`);
}

/**
 * x / (k + α · mean of x² over `size` neighbouring channels)^β, zeros counted beyond the first and the last; the window of
 * channel c begins at c − ⌊size / 2⌋. From [N, C, *], with one dim or more after C, to the same. Throws ShapeError, ValueError or
 * DTypeError for operands that do not fit.
 * https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks.
 * torch.nn.functional.local_response_norm
 */
export function localResponseNorm(x: Tensor, size: number, options: LocalResponseNormOptions = {}): Tensor {
  checkResponse('localResponseNorm', x, size, 3);
  if (x.numel() === 0) return x;
  const window = { before: Math.floor(size / 2), after: Math.floor((size - 1) / 2) };
  return acrossChannels(x, size, window, options);
}
