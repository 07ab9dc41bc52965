import { DTypeError, isFloat, ShapeError, tensor, ValueError, type Tensor } from '@rushlight/core';
import type { FloatImage } from './float-image.ts';
import { ImageTransform } from './transform.ts';

/**
 * (x − mean) / std, channel by channel. Takes float tensors [..., C, H, W]; `mean` and `std` have one number for all channels
 * or one for each. Throws a ValueError for a std of 0, a DTypeError for integers, a ShapeError for another number of channels.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.Normalize.html
 */
export class Normalize extends ImageTransform {
  /** One number for all channels, or one for each. */
  readonly mean: readonly number[];
  /** As of `mean`. */
  readonly std: readonly number[];
  protected override readonly dims = 3;

  constructor(mean: number | readonly number[], std: number | readonly number[]) {
    super();
    this.mean = typeof mean === 'number' ? [mean] : mean;
    this.std = typeof std === 'number' ? [std] : std;
    for (const [name, numbers] of [
      ['mean', this.mean],
      ['std', this.std],
    ] as const) {
      if (numbers.length === 0 || !numbers.every(Number.isFinite)) {
        throw new ValueError('Normalize', `${name} is [${numbers.join(', ')}]. Pass a finite number for each channel.`);
      }
    }
    if (this.std.some((s) => Math.fround(s) === 0)) {
      throw new ValueError(
        'Normalize',
        `std is [${this.std.join(', ')}], and nothing can be divided by 0. Pass the standard deviations.`,
      );
    }
  }

  protected override ofTensor(x: Tensor): Tensor {
    const { device, dtype } = x;
    if (!isFloat(dtype)) {
      throw new DTypeError('Normalize', `it takes floats, but got ${dtype}. Convert it, for example by ToTensor.`);
    }
    this.#check(x.shape.at(-3) ?? 0);
    const [mean, std] = [this.mean, this.std].map((numbers) =>
      tensor(numbers, { device, dtype, shape: [numbers.length, 1, 1] }),
    ) as [Tensor, Tensor];
    return x.sub(mean).div(std);
  }

  protected override ofHost(image: FloatImage): FloatImage {
    const { channels, data, height, width } = image;
    this.#check(channels);
    const plane = height * width;
    for (let channel = 0; channel < channels; channel++) {
      const mean = Math.fround(this.mean[channel] ?? this.mean[0] ?? 0);
      const std = Math.fround(this.std[channel] ?? this.std[0] ?? 1);
      // In float32 after every step, as on a device.
      for (let i = channel * plane; i < (channel + 1) * plane; i++) data[i] = Math.fround((data[i] ?? 0) - mean) / std;
    }
    return image;
  }

  #check(channels: number): void {
    for (const [name, { length }] of [
      ['mean', this.mean],
      ['std', this.std],
    ] as const) {
      if (length === 1 || length === channels) continue;
      throw new ShapeError(
        'Normalize',
        `${name} has ${length} numbers, the image ${channels} channels. Pass one number, or one for each channel.`,
      );
    }
  }
}
