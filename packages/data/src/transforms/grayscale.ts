import { ShapeError, ValueError, type Tensor } from '@rushlight/core';
import { blankImage, type FloatImage } from './float-image.ts';
import { ImageTransform } from './transform.ts';

/** Options of `Grayscale`. */
export interface GrayscaleOptions {
  /** Channels of the result: 1, or 3 equal ones. Default 1. */
  readonly numOutputChannels?: 1 | 3;
}

const [red, green, blue] = [0.2989, 0.587, 0.114] as const;

/**
 * 0.2989 · red + 0.587 · green + 0.114 · blue. Takes tensors [..., C, H, W] of 3 channels, or 1, which stays; integers are
 * rounded down. Throws a ShapeError for another number of channels, a ValueError for another numOutputChannels.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.Grayscale.html
 */
export class Grayscale extends ImageTransform {
  /** How many channels the result has. */
  readonly numOutputChannels: 1 | 3;
  protected override readonly dims = 3;

  constructor({ numOutputChannels = 1 }: GrayscaleOptions = {}) {
    super();
    if (numOutputChannels !== 1 && numOutputChannels !== 3) {
      throw new ValueError('Grayscale', `numOutputChannels is ${String(numOutputChannels)}. Pass 1 or 3.`);
    }
    this.numOutputChannels = numOutputChannels;
  }

  protected override ofTensor(x: Tensor): Tensor {
    checkChannels(x.shape.at(-3) ?? 0);
    const gray = x.shape.at(-3) === 3 ? mixed(x) : x;
    return this.numOutputChannels === 3 ? gray.expand(gray.shape.with(-3, 3)) : gray;
  }

  protected override ofHost(image: FloatImage): FloatImage {
    const { channels, data, height, width } = image;
    checkChannels(channels);
    if (channels === this.numOutputChannels && channels === 1) return image;
    const made = blankImage(this.numOutputChannels, height, width);
    const plane = height * width;
    for (let i = 0; i < plane; i++) {
      const gray = channels === 1 ? (data[i] ?? 0) : luma(data[i] ?? 0, data[plane + i] ?? 0, data[2 * plane + i] ?? 0);
      for (let to = i; to < made.data.length; to += plane) made.data[to] = gray;
    }
    return made;
  }
}

function mixed(x: Tensor): Tensor {
  const [r, g, b] = x.split(1, -3) as [Tensor, Tensor, Tensor];
  return r.mul(red).add(g.mul(green)).add(b.mul(blue)).to(x.dtype);
}

const [red32, green32, blue32] = [Math.fround(red), Math.fround(green), Math.fround(blue)];

/** In float32 after every step, as on a device. */
function luma(r: number, g: number, b: number): number {
  return Math.fround(Math.fround(red32 * r) + Math.fround(green32 * g)) + Math.fround(blue32 * b);
}

function checkChannels(channels: number): void {
  if (channels === 1 || channels === 3) return;
  throw new ShapeError('Grayscale', `it takes images of 1 or 3 channels, but got ${channels}. Leave out alpha first.`);
}
