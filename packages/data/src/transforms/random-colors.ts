// Changes of colour that happen or do not: torchvision's Random… of one toss.

import {
  amax,
  amin,
  clamp,
  conv2d,
  cumsum,
  DTypeError,
  floor,
  gather,
  isfinite,
  ones,
  scatterAdd,
  tensor,
  ValueError,
  where,
  zeros,
  type Generator,
  type Tensor,
} from '@rushlight/core';
import { blend, checkColours, floats, gray, greatest } from './adjust.ts';
import { checkProbability, happens } from './draws.ts';
import { TensorTransform } from './tensor-transform.ts';

/** Options of transforms that happen with a probability. */
export interface RandomColorOptions {
  /** How probable it is. Default 0.5. */
  readonly p?: number;
}

abstract class RandomColor extends TensorTransform {
  /** How probable it is. */
  readonly p: number;

  /** Throws a ValueError unless 0 <= p <= 1. */
  constructor(p: number) {
    super();
    checkProbability(new.target.name, p);
    this.p = p;
  }

  protected override ofTensor(x: Tensor, generator: Generator | undefined): Tensor {
    return happens(this.p, generator) ? this.change(x) : x;
  }

  /** @internal */
  protected abstract change(x: Tensor): Tensor;
}

/** Throws a DTypeError unless it is uint8. */
function checkBytes(op: string, x: Tensor): void {
  if (x.dtype !== 'uint8')
    throw new DTypeError(op, `it takes uint8, but got ${x.dtype}. Convert it by ConvertImageDtype.`);
}

/**
 * Grey in as many channels, with probability p, by default 0.1. Takes tensors [..., C, H, W] of 1 or 3 channels.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomGrayscale.html
 */
export class RandomGrayscale extends RandomColor {
  constructor({ p = 0.1 }: RandomColorOptions = {}) {
    super(p);
  }

  protected override change(x: Tensor): Tensor {
    checkColours('RandomGrayscale', x);
    return gray(x).expand(x.shape);
  }
}

function invert(x: Tensor): Tensor {
  return x.dtype === 'bool' ? x.logicalNot() : x.rsub(greatest(x.dtype));
}

/**
 * Light becomes dark, with probability p: 1 − x, of uint8 255 − x. Takes tensors [..., C, H, W].
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomInvert.html
 */
export class RandomInvert extends RandomColor {
  constructor({ p = 0.5 }: RandomColorOptions = {}) {
    super(p);
  }

  protected override change(x: Tensor): Tensor {
    return invert(x);
  }
}

/**
 * Only the upper `bits` bits of each value kept, with probability p. Takes uint8 tensors [..., C, H, W], else throws a DTypeError; a
 * ValueError for bits that are not 0 to 8.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomPosterize.html
 */
export class RandomPosterize extends RandomColor {
  /** How many bits are kept. */
  readonly bits: number;

  constructor(bits: number, { p = 0.5 }: RandomColorOptions = {}) {
    super(p);
    if (!Number.isInteger(bits) || bits < 0 || bits > 8) {
      throw new ValueError('RandomPosterize', `bits is ${bits}. Pass an integer from 0 to 8.`);
    }
    this.bits = bits;
  }

  protected override change(x: Tensor): Tensor {
    checkBytes('RandomPosterize', x);
    const step = 2 ** (8 - this.bits);
    return floor(x.to('float32').div(step)).mul(step).to('uint8');
  }
}

/**
 * Values from `threshold` on inverted, with probability p. Takes tensors [..., C, H, W]. Throws a ValueError for a threshold beyond the
 * dtype's greatest.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomSolarize.html
 */
export class RandomSolarize extends RandomColor {
  /** From what value on. */
  readonly threshold: number;

  constructor(threshold: number, { p = 0.5 }: RandomColorOptions = {}) {
    super(p);
    this.threshold = threshold;
  }

  protected override change(x: Tensor): Tensor {
    const most = greatest(x.dtype);
    if (!(this.threshold <= most)) {
      const images = `images of ${x.dtype} reach ${most}`;
      throw new ValueError('RandomSolarize', `threshold is ${this.threshold}, but ${images}. Pass at most that.`);
    }
    return where(x.ge(this.threshold), invert(x), x);
  }
}

/**
 * Sharper, or with a factor below 1 blurred, with probability p: factor · x + (1 − factor) · blurred, the outermost pixels as they are.
 * Takes tensors [..., C, H, W] of 1 or 3 channels. Throws a ValueError for a factor below 0.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomAdjustSharpness.html
 */
export class RandomAdjustSharpness extends RandomColor {
  /** 0 for blurred, 1 for as it is, 2 for twice as sharp. */
  readonly sharpnessFactor: number;

  constructor(sharpnessFactor: number, { p = 0.5 }: RandomColorOptions = {}) {
    super(p);
    if (!(sharpnessFactor >= 0 && sharpnessFactor < Infinity)) {
      throw new ValueError('RandomAdjustSharpness', `sharpnessFactor is ${sharpnessFactor}. Pass a number >= 0.`);
    }
    this.sharpnessFactor = sharpnessFactor;
  }

  protected override change(x: Tensor): Tensor {
    checkColours('RandomAdjustSharpness', x);
    const [height = 0, width = 0] = x.shape.slice(-2);
    if (height <= 2 || width <= 2) return x;
    const source = floats(x);
    const { device, dtype } = source;
    const weight = tensor(
      [1, 1, 1, 1, 5, 1, 1, 1, 1].map((n) => n / 13),
      { device, dtype, shape: [1, 1, 3, 3] },
    );
    const blurred = conv2d(source.reshape([-1, 1, height, width]), weight);
    const inner = blurred.reshape([...x.shape.slice(0, -2), height - 2, width - 2]);
    const mixed = x.clone();
    const rounded = dtype === x.dtype ? inner : inner.round().to(x.dtype);
    mixed
      .narrow(-2, 1, height - 2)
      .narrow(-1, 1, width - 2)
      .copy_(rounded);
    return blend(x, mixed, this.sharpnessFactor);
  }
}

/**
 * Each channel stretched over the whole range, with probability p: its least value becomes 0, its greatest 1 (of uint8 255). A channel
 * of one value stays. Takes tensors [..., C, H, W] of 1 or 3 channels.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomAutocontrast.html
 */
export class RandomAutocontrast extends RandomColor {
  constructor({ p = 0.5 }: RandomColorOptions = {}) {
    super(p);
  }

  protected override change(x: Tensor): Tensor {
    checkColours('RandomAutocontrast', x);
    const most = greatest(x.dtype);
    const source = floats(x);
    const least = amin(source, [-2, -1], { keepdim: true });
    const scale = amax(source, [-2, -1], { keepdim: true }).sub(least).reciprocal().mul(most);
    const isSpread = isfinite(scale);
    const stretched = source.sub(where(isSpread, least, 0)).mul(where(isSpread, scale, 1));
    return clamp(stretched, { min: 0, max: most }).to(x.dtype);
  }
}

/**
 * Each channel's values spread so that all are about as frequent, with probability p. Takes uint8 tensors [..., C, H, W] of 1 or 3
 * channels, else throws a DTypeError or ShapeError.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomEqualize.html
 */
export class RandomEqualize extends RandomColor {
  constructor({ p = 0.5 }: RandomColorOptions = {}) {
    super(p);
  }

  protected override change(x: Tensor): Tensor {
    checkColours('RandomEqualize', x);
    checkBytes('RandomEqualize', x);
    const pixels = (x.shape.at(-2) ?? 0) * (x.shape.at(-1) ?? 0);
    if (pixels === 0) return x;
    const { device } = x;
    const values = x.reshape([-1, pixels]).to('int32');
    const channels = values.shape[0] ?? 0;
    // Counts are whole numbers that float32 holds up to 2^24 pixels.
    const counts = scatterAdd(zeros([channels, 256], { device }), 1, values, ones(values.shape, { device }));
    // All but those of the greatest value, in 255 steps.
    const top = gather(counts, 1, amax(values, [1], { keepdim: true }));
    const step = floor(top.rsub(pixels).div(255));
    const below = cumsum(counts, 1).sub(counts);
    const table = clamp(floor(below.add(floor(step.div(2))).div(where(step.eq(0), 1, step))), { min: 0, max: 255 });
    const spread = gather(table, 1, values).to('uint8');
    return where(step.eq(0), values.to('uint8'), spread).reshape(x.shape);
  }
}
