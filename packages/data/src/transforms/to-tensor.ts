import { tensor, type Tensor } from '@rushlight/core';
import { checkPixelImage, isPixelImage, type PixelImage } from '../pixel-image.ts';
import { blankImage, type FloatImage } from './float-image.ts';
import { TransformClass, type HostTransform } from './transform.ts';

/** What each byte becomes. */
const levels = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * An image as bytes becomes a float32 tensor [channels, height, width] of byte / 255, in 0…1, on the default device.
 * Throws a TypeError for what is no PixelImage, a ValueError for one of more or fewer bytes than its sizes say.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.ToTensor.html
 *
 * @example
 * const x = new transforms.ToTensor()({ data: pixels, width: 32, height: 32, channels: 3 }); // [3, 32, 32]
 */
export class ToTensor extends TransformClass<PixelImage, Tensor> {
  forward(image: PixelImage): Tensor {
    const { data, channels, height, width } = planes(image);
    return tensor(data, { shape: [channels, height, width] });
  }

  override hostForm(): HostTransform {
    return planes;
  }
}

function planes(image: PixelImage | FloatImage): FloatImage {
  if (!isPixelImage(image)) {
    throw new TypeError(
      'ToTensor: it takes an image as bytes, { data, width, height, channels }. Leave it out for tensors.',
    );
  }
  checkPixelImage('ToTensor', image);
  const { data, width, height, channels } = image;
  const made = blankImage(channels, height, width);
  const plane = width * height;
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0, from = channel, to = channel * plane; i < plane; i++, from += channels, to++) {
      made.data[to] = levels[data[from] ?? 0] ?? 0;
    }
  }
  return made;
}
