// Moving elements between channels and places: views, and one copy.

import { ShapeError, show, ValueError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';

function checkFactor(op: string, name: string, factor: number): void {
  if (Number.isInteger(factor) && factor > 0) return;
  throw new ValueError(op, `${name} is ${factor}. It must be an integer ≥ 1.`);
}

/** [*, C, H, W] as its leading dims and the last three. */
function imageOf(op: string, x: Tensor): { batch: readonly number[]; image: readonly [number, number, number] } {
  const [channels = 0, height = 0, width = 0] = x.shape.slice(-3);
  if (x.shape.length >= 3) return { batch: x.shape.slice(0, -3), image: [channels, height, width] };
  throw new ShapeError(op, `the input ${show(x.shape)} is no image. It takes [*, C, H, W].`);
}

/** `x` in another shape and order of its last dims, as new memory. */
function rearrange(x: Tensor, split: readonly number[], order: readonly number[], shape: readonly number[]): Tensor {
  const leading = split.length - order.length;
  const dims = [...split.slice(0, leading).keys(), ...order.map((d) => leading + d)];
  const moved = x.reshape(split).permute(dims).reshape(shape);
  return moved.storage === x.storage ? moved.clone() : moved;
}

/**
 * Channels to places: [*, C·r², H, W] to [*, C, H·r, W·r], where out[…, c, h·r + i, w·r + j] = x[…, c·r² + i·r + j, h, w]. Any
 * dtype. Throws ShapeError where r² does not divide the channels. https://arxiv.org/abs/1609.05158.
 * torch.nn.functional.pixel_shuffle
 */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor {
  const { batch, image } = imageOf('pixelShuffle', x);
  checkFactor('pixelShuffle', 'upscaleFactor', upscaleFactor);
  const [channels, height, width] = image;
  const r = upscaleFactor;
  if (channels % (r * r) !== 0) {
    throw new ShapeError(
      'pixelShuffle',
      `the input ${show(x.shape)} has ${channels} channels, which ${r}² does not divide. Use a multiple of ${r * r}.`,
    );
  }
  const made = channels / (r * r);
  const split = [...batch, made, r, r, height, width];
  return rearrange(x, split, [0, 3, 1, 4, 2], [...batch, made, height * r, width * r]);
}

/**
 * Places to channels, pixelShuffle turned back: [*, C, H·r, W·r] to [*, C·r², H, W]. Any dtype. Throws ShapeError where r does
 * not divide height and width. torch.nn.functional.pixel_unshuffle
 */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor {
  const { batch, image } = imageOf('pixelUnshuffle', x);
  checkFactor('pixelUnshuffle', 'downscaleFactor', downscaleFactor);
  const [channels, height, width] = image;
  const r = downscaleFactor;
  if (height % r !== 0 || width % r !== 0) {
    throw new ShapeError(
      'pixelUnshuffle',
      `${r} does not divide height and width of the input ${show(x.shape)}. Use multiples of ${r}.`,
    );
  }
  const split = [...batch, channels, height / r, r, width / r, r];
  return rearrange(x, split, [0, 2, 4, 1, 3], [...batch, channels * r * r, height / r, width / r]);
}

/**
 * Deals the channels out anew: [N, C, *] with channel i·C/g + j moved to j·g + i, so that a grouped convolution behind another
 * sees all groups. Any dtype. Throws ShapeError where the groups do not divide the channels. https://arxiv.org/abs/1707.01083.
 * torch.nn.functional.channel_shuffle
 */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  if (x.shape.length < 3)
    throw new ShapeError('channelShuffle', `the input ${show(x.shape)} has too few dims. It takes [N, C, *].`);
  checkFactor('channelShuffle', 'groups', groups);
  const [batch = 0, channels = 0, ...rest] = x.shape;
  if (channels % groups !== 0) {
    throw new ShapeError(
      'channelShuffle',
      `the input ${show(x.shape)} has ${channels} channels, which ${groups} groups do not divide. Use a multiple of groups.`,
    );
  }
  const order = [1, 0, ...rest.map((_, d) => 2 + d)];
  return rearrange(x, [batch, groups, channels / groups, ...rest], order, x.shape);
}
