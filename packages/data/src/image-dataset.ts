import { tensor, ValueError, type Tensor } from '@rushlight/core';
import { checkIndex } from './check-options.ts';
import { Dataset } from './dataset.ts';
import type { LabeledImages } from './labeled-images.ts';

export interface ImageDatasetOptions {
  /** Gives (x − mean) / std instead of x. */
  readonly normalize?: { readonly mean: number; readonly std: number };
}

/**
 * Grey images, kept as bytes outside of any device, as samples `[image, label]`: image float32 [1, rows, cols] of x = byte / 255,
 * label an int32 scalar; on the default device. The numbers are those of torchvision's ToTensor and Normalize.
 * Throws a ValueError if the sizes do not fit together.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.ToTensor.html
 */
export class ImageDataset extends Dataset<[image: Tensor, label: Tensor]> {
  /** The raw bytes. */
  readonly data: LabeledImages;
  /** What each byte becomes. */
  readonly #levels: Float32Array;

  constructor(data: LabeledImages, { normalize }: ImageDatasetOptions = {}) {
    super();
    const { images, labels, rows, cols } = data;
    if (images.length !== labels.length * rows * cols) {
      const expected = `${labels.length} labels of ${rows} x ${cols} pixels need ${labels.length * rows * cols} bytes`;
      throw new ValueError(
        'ImageDataset',
        `${expected}, there are ${images.length}. Pass images and labels of one set.`,
      );
    }
    if (normalize && !(normalize.std > 0)) {
      throw new ValueError(
        'ImageDataset',
        `std should be positive, but is ${normalize.std}. Pass the standard deviation.`,
      );
    }
    this.data = data;
    // In float32 after every step, as torchvision computes.
    const [mean, std] = [Math.fround(normalize?.mean ?? 0), Math.fround(normalize?.std ?? 1)];
    this.#levels = Float32Array.from({ length: 256 }, (_, byte) => Math.fround(Math.fround(byte / 255) - mean) / std);
  }

  get length(): number {
    return this.data.labels.length;
  }

  get(index: number): [image: Tensor, label: Tensor] {
    const [images, labels] = this.getBatch([index]);
    return [images.select(0, 0), labels.select(0, 0)];
  }

  override getBatch(indices: readonly number[]): [images: Tensor, labels: Tensor] {
    const { images, labels, rows, cols } = this.data;
    const levels = this.#levels;
    const size = rows * cols;
    const values = new Float32Array(indices.length * size);
    const classes = new Int32Array(indices.length);
    indices.forEach((index, place) => {
      checkIndex('ImageDataset', index, this.length);
      for (let i = 0; i < size; i++) values[place * size + i] = levels[images[index * size + i] ?? 0] ?? 0;
      classes[place] = labels[index] ?? 0;
    });
    return [tensor(values, { shape: [indices.length, 1, rows, cols] }), tensor(classes)];
  }
}
