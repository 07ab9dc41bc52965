import { defaultGenerator, show, tensor, ValueError, type Generator, type Tensor } from '@rushlight/core';
import { checkIndex } from './check-options.ts';
import { Dataset } from './dataset.ts';
import { defaultCollate, type Collate, type Collated } from './default-collate.ts';
import type { LabeledImages } from './labeled-images.ts';
import type { PixelImage } from './pixel-image.ts';
import { forSample } from './sample-error.ts';
import { hostForm, type HostTransform, type Transform } from './transforms/transform.ts';

/** Options of an `ImageDataset`, and of the data sets that are made of it. */
export interface ImageDatasetOptions<Image = Tensor, Label = Tensor> {
  /** Gives (x − mean) / std instead of x. Excludes `transform`. */
  readonly normalize?: { readonly mean: number; readonly std: number };
  /** Makes a sample's image of the bytes, of one channel; begin it with `ToTensor`. */
  readonly transform?: Transform<PixelImage, Image>;
  /** Makes a sample's label of the class. */
  readonly targetTransform?: Transform<number, Label>;
}

/**
 * Grey images, kept as bytes outside of any device, as samples `[image, label]`: image float32 [1, rows, cols] of x = byte / 255,
 * label an int32 scalar; on the default device. The numbers are those of torchvision's ToTensor and Normalize. With a
 * `transform` or `targetTransform` they are what it makes. A batch goes to the device as one, also after the transforms of this
 * package, alone or composed. Throws a ValueError if the sizes do not fit together.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.ToTensor.html
 */
export class ImageDataset<Image = Tensor, Label = Tensor> extends Dataset<[image: Image, label: Label]> {
  /** The raw bytes. */
  readonly data: LabeledImages;
  /** What makes the image of the bytes. */
  readonly transform: Transform<PixelImage, Image> | undefined;
  /** What makes the label of the class. */
  readonly targetTransform: Transform<number, Label> | undefined;
  /** What each byte becomes. */
  readonly #levels: Float32Array;
  readonly #onHost: HostTransform | undefined;

  constructor(data: LabeledImages, { normalize, transform, targetTransform }: ImageDatasetOptions<Image, Label> = {}) {
    super();
    const { images, labels, rows, cols } = data;
    if (images.length !== labels.length * rows * cols) {
      const expected = `${labels.length} labels of ${rows} x ${cols} pixels need ${labels.length * rows * cols} bytes`;
      throw new ValueError(
        'ImageDataset',
        `${expected}, there are ${images.length}. Pass images and labels of one set.`,
      );
    }
    if (normalize && transform) {
      throw new ValueError(
        'ImageDataset',
        'normalize is mutually exclusive with transform, and both are given. Put a Normalize into the transform.',
      );
    }
    if (normalize && !(normalize.std > 0 && normalize.std < Infinity)) {
      throw new ValueError(
        'ImageDataset',
        `std should be positive, but is ${normalize.std}. Pass the standard deviation.`,
      );
    }
    if (normalize && !Number.isFinite(normalize.mean)) {
      throw new ValueError('ImageDataset', `mean should be a finite number, but is ${normalize.mean}. Pass the mean.`);
    }
    this.data = data;
    this.transform = transform;
    this.targetTransform = targetTransform;
    this.#onHost = hostForm(transform);
    // In float32 after every step, as torchvision computes.
    const [mean, std] = [Math.fround(normalize?.mean ?? 0), Math.fround(normalize?.std ?? 1)];
    this.#levels = Float32Array.from({ length: 256 }, (_, byte) => Math.fround(Math.fround(byte / 255) - mean) / std);
  }

  get length(): number {
    return this.data.labels.length;
  }

  get(index: number, generator?: Generator): [image: Image, label: Label] {
    checkIndex('ImageDataset', index, this.length);
    const { targetTransform } = this;
    const image = this.#image(index, generator);
    const label = this.data.labels[index] ?? 0;
    // Without a targetTransform, Label is Tensor.
    return [image, targetTransform ? targetTransform(label, generator) : (tensor(label, { dtype: 'int32' }) as Label)];
  }

  override getBatch(
    indices: readonly number[],
    generator: Generator = defaultGenerator(),
    collate: Collate = defaultCollate,
  ): [images: Collated<Image>, labels: Collated<Label>] {
    const { transform, targetTransform } = this;
    for (const index of indices) checkIndex('ImageDataset', index, this.length);
    const classes = Int32Array.from(indices, (index) => this.data.labels[index] ?? 0);
    const labels: Label[] = [];
    // Sample by sample, so that transforms draw in the order in which they would for one after the other.
    const label = (place: number): void => {
      if (targetTransform) {
        labels.push(forSample(this, indices[place] ?? 0, () => targetTransform(classes[place] ?? 0, generator)));
      }
    };
    let images: unknown;
    if (!transform) {
      images = this.#plain(indices);
      indices.forEach((_, place) => label(place));
    } else if (this.#onHost) {
      images = this.#together(indices, this.#onHost, generator, label);
    } else {
      const made = indices.map((index, place) => {
        const image = forSample(this, index, () => transform(this.#pixels(index), generator));
        label(place);
        return image;
      });
      images = collate(made, { place: '[0]' });
    }
    return [
      images as Collated<Image>,
      (targetTransform ? collate(labels, { place: '[1]' }) : tensor(classes)) as Collated<Label>,
    ];
  }

  #image(index: number, generator: Generator | undefined): Image {
    if (this.transform && !this.#onHost) return this.transform(this.#pixels(index), generator);
    const images = this.#onHost
      ? this.#together([index], this.#onHost, generator, () => undefined)
      : this.#plain([index]);
    // Without a transform, and with those that run on the host, Image is Tensor.
    return images.select(0, 0) as Image;
  }

  #pixels(index: number): PixelImage {
    const { images, rows, cols } = this.data;
    const size = rows * cols;
    const [start, end] = [index * size, (index + 1) * size];
    // What is no transform of this package may write into what it gets.
    const data = this.#onHost ? images.subarray(start, end) : images.slice(start, end);
    return { data, width: cols, height: rows, channels: 1 };
  }

  /** The images as they are, [n, 1, rows, cols]. */
  #plain(indices: readonly number[]): Tensor {
    const { images, rows, cols } = this.data;
    const levels = this.#levels;
    const size = rows * cols;
    const values = new Float32Array(indices.length * size);
    indices.forEach((index, place) => {
      for (let i = 0; i < size; i++) values[place * size + i] = levels[images[index * size + i] ?? 0] ?? 0;
    });
    return tensor(values, { shape: [indices.length, 1, rows, cols] });
  }

  /** The images transformed on the host, which `then` is told of one by one, and uploaded at once. */
  #together(
    indices: readonly number[],
    transform: HostTransform,
    generator: Generator | undefined,
    then: (place: number) => void,
  ): Tensor {
    let values = new Float32Array();
    let shape: readonly number[] = [];
    indices.forEach((index, place) => {
      const image = forSample(this, index, () => transform(this.#pixels(index), generator));
      const { data, channels, height, width } = image;
      const found = [channels, height, width];
      if (place === 0) {
        shape = found;
        values = new Float32Array(indices.length * data.length);
      } else if (found.some((size, dim) => size !== shape[dim])) {
        throw new ValueError(
          'ImageDataset',
          `the transform made an image ${show(found)} of sample ${index}, but ${show(shape)} of sample ${indices[0]}. Resize or crop to one size, or take batches of 1.`,
        );
      }
      values.set(data, place * data.length);
      then(place);
    });
    return tensor(values, { shape: [indices.length, ...shape] });
  }
}
