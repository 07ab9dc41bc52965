import { defaultGenerator, drawUniform, ValueError, type Generator } from '@rushlight/core';
import { inPlace, pick } from './pick.ts';
import { GeometricTransform, type Resampling } from './resampling.ts';

/** Options of `RandomHorizontalFlip` and `RandomVerticalFlip`. */
export interface RandomFlipOptions {
  /** How probable it is. Default 0.5. */
  readonly p?: number;
}

abstract class RandomFlip extends GeometricTransform {
  /** How probable it is. */
  readonly p: number;

  /** Throws a ValueError unless 0 <= p <= 1. */
  constructor({ p = 0.5 }: RandomFlipOptions = {}) {
    super();
    if (!(p >= 0 && p <= 1)) {
      throw new ValueError(new.target.name, `the probability p is ${p}. Pass one between 0 and 1.`);
    }
    this.p = p;
  }

  /** Whether the toss, one uniform float32, says so. */
  protected happens(generator: Generator = defaultGenerator()): boolean {
    return (drawUniform(generator, 'float32', 1)[0] ?? 0) < Math.fround(this.p);
  }
}

/**
 * Left becomes right, with probability p. Takes tensors [..., H, W] of any dtype; a batch is flipped as a whole.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomHorizontalFlip.html
 */
export class RandomHorizontalFlip extends RandomFlip {
  protected override resampling(height: number, width: number, generator?: Generator): Resampling | undefined {
    return this.happens(generator) ? pick(inPlace(height), inPlace(width).reverse()) : undefined;
  }
}

/**
 * Top becomes bottom, with probability p. Takes tensors [..., H, W] of any dtype; a batch is flipped as a whole.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.RandomVerticalFlip.html
 */
export class RandomVerticalFlip extends RandomFlip {
  protected override resampling(height: number, width: number, generator?: Generator): Resampling | undefined {
    return this.happens(generator) ? pick(inPlace(height).reverse(), inPlace(width)) : undefined;
  }
}
