import { ValueError, type Tensor } from '@rushlight/core';
import { ImageDataset, type ImageDatasetOptions } from '../image-dataset.ts';
import type { LabeledImages } from '../labeled-images.ts';
import { drawDigit, side } from './draw-digit.ts';
import { randomIntegers } from './random-integers.ts';
import { skeletons } from './skeletons.ts';
import { testStyle, trainStyle } from './style.ts';

/** Which digits are drawn. */
export interface DigitsOptions {
  /** The training split, or the test split, whose forms, slants, pens and noise training never sees. Default true. */
  readonly train?: boolean;
  /** How many images; a smaller set is the beginning of a larger one. Default 8000, or 1000 of the test split. */
  readonly size?: number;
  /** Another seed makes another set of the same kind: an integer in [0, 2^30). Default 0. */
  readonly seed?: number;
}

/**
 * Draws handwritten digits, 28 × 28, white on black: the same in every engine for the same options. Each ten in a row hold
 * every digit once. Throws a ValueError for a size or seed that is no such integer.
 */
export function digits({ train = true, size = train ? 8000 : 1000, seed = 0 }: DigitsOptions = {}): LabeledImages {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new ValueError('digits', `size should be a number of images, but is ${size}. Pass an integer >= 0.`);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 30) {
    throw new ValueError('digits', `seed should be an integer in [0, 2^30), but is ${seed}. Pass such an integer.`);
  }
  const images = new Uint8Array(size * side * side);
  const labels = new Uint8Array(size);
  const style = train ? trainStyle : testStyle;
  const random = randomIntegers(2 * seed + (train ? 0 : 1));
  const classes = skeletons.map((forms, label) => ({ label, forms: train ? forms.slice(0, -1) : forms }));
  for (let i = 0; i < size; i++) {
    const turn = i % classes.length;
    // Fisher and Yates: what has had its turn stands in front.
    const [chosen] = classes.splice(turn + (random() % (classes.length - turn)), 1);
    if (!chosen) break;
    classes.splice(turn, 0, chosen);
    const form = chosen.forms[random() % chosen.forms.length] ?? [];
    drawDigit(images.subarray(i * side * side, (i + 1) * side * side), form, style, random);
    labels[i] = chosen.label;
  }
  return { images, labels, rows: side, cols: side };
}

/**
 * The embedded data set: `digits()` as samples `[image, label]`, float32 [1, 28, 28] and an int32 scalar, or what a transform
 * makes of them. A linear model stays below 95 % on the test split, a small convolutional one passes 98 %.
 *
 * @example
 * const train = new Digits();
 * const test = new Digits({ train: false });
 */
export class Digits<Image = Tensor, Label = Tensor> extends ImageDataset<Image, Label> {
  constructor(options: DigitsOptions & ImageDatasetOptions<Image, Label> = {}) {
    super(digits(options), options);
  }
}
