// What the geometric transforms have in common: each makes an image of another's pixels, in a way that depends on nothing but
// sizes and what was drawn. They compute that way once and hand it over to be done on a tensor or on the host.

import type { Generator, Tensor } from '@rushlight/core';
import type { FloatImage } from './float-image.ts';
import { ImageTransform } from './transform.ts';

/** One way to make an image of another's pixels. */
export interface Resampling {
  onTensor(x: Tensor): Tensor;
  onHost(image: FloatImage): FloatImage;
}

/** The base of transforms that change where pixels are. */
export abstract class GeometricTransform extends ImageTransform {
  /** @internal What to do with an image of this size; undefined if it stays as it is. Draws what the transform draws. */
  protected abstract resampling(
    height: number,
    width: number,
    generator: Generator | undefined,
  ): Resampling | undefined;

  protected override ofTensor(x: Tensor, generator: Generator | undefined): Tensor {
    const [height = 0, width = 0] = x.shape.slice(-2);
    return this.resampling(height, width, generator)?.onTensor(x) ?? x;
  }

  protected override ofHost(image: FloatImage, generator: Generator | undefined): FloatImage {
    return this.resampling(image.height, image.width, generator)?.onHost(image) ?? image;
  }
}
