import { conv2d, defaultGenerator, pad, tensor, ValueError, type Generator, type Tensor } from '@rushlight/core';
import { checkRange, uniform } from './draws.ts';
import { sizes, type Size } from './sizes.ts';
import { TensorTransform } from './tensor-transform.ts';
import { withFloats } from './with-floats.ts';

/** Options of `GaussianBlur`. */
export interface GaussianBlurOptions {
  /** The standard deviation in pixels, or between what it is drawn. Default [0.1, 2]. */
  readonly sigma?: number | readonly [from: number, to: number];
}

/**
 * An image blurred by a Gauss curve of random width, cut off at the kernel's size and mirrored at the image's edges. `kernelSize` is odd,
 * one number or [width, height] as torchvision has it. Takes tensors [..., C, H, W]; integers are rounded. Throws a ValueError for a
 * size that is even or reaches beyond the image, or for a sigma that is not positive.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.GaussianBlur.html
 */
export class GaussianBlur extends TensorTransform {
  /** The pixels that are mixed, across and down. */
  readonly kernelSize: readonly [width: number, height: number];
  /** Between what the standard deviation is drawn. */
  readonly sigma: readonly [from: number, to: number];

  constructor(kernelSize: Size, { sigma = [0.1, 2] }: GaussianBlurOptions = {}) {
    super();
    this.kernelSize = sizes('GaussianBlur', kernelSize);
    if (this.kernelSize.some((size) => size % 2 === 0)) {
      throw new ValueError('GaussianBlur', `kernelSize is [${this.kernelSize.join(', ')}]. Pass odd numbers.`);
    }
    this.sigma = typeof sigma === 'number' ? [sigma, sigma] : sigma;
    checkRange('GaussianBlur', 'sigma', this.sigma, Number.MIN_VALUE);
  }

  protected override ofTensor(x: Tensor, generator: Generator = defaultGenerator()): Tensor {
    const sigma = uniform(generator, ...this.sigma);
    const [width, height] = this.kernelSize;
    const [across, down] = [bell(width, sigma), bell(height, sigma)];
    return withFloats(x, (floats) => {
      const { device, dtype } = floats;
      const [rows = 0, cols = 0] = floats.shape.slice(-2);
      const [dx, dy] = [(width - 1) / 2, (height - 1) / 2];
      const planes = pad(floats.reshape([-1, 1, rows, cols]), [dx, dx, dy, dy], { mode: 'reflect' });
      const weight = (bells: readonly number[], shape: readonly number[]) =>
        tensor([...bells], { device, dtype, shape });
      const blurred = conv2d(planes, weight(across, [1, 1, 1, width]));
      return conv2d(blurred, weight(down, [1, 1, height, 1])).reshape(floats.shape);
    });
  }
}

/** The Gauss curve at whole steps from the middle, adding up to 1. */
function bell(size: number, sigma: number): number[] {
  const heights = Array.from({ length: size }, (_, k) => Math.exp(-0.5 * ((k - (size - 1) / 2) / sigma) ** 2));
  const total = heights.reduce((sum, height) => sum + height, 0);
  return heights.map((height) => height / total);
}
