// What transforms are: functions. The classes here are functions too, with their options as fields, and those that change
// images also know how to do so on the host: a data set of images then makes a whole batch without a single tensor in between.

import { isTensor, show, ShapeError, type Generator, type Tensor } from '@rushlight/core';
import { isPixelImage, type PixelImage } from '../pixel-image.ts';
import type { FloatImage } from './float-image.ts';

/**
 * Makes one thing of another: of a sample's image what a model takes, or of its label. What it draws comes from `generator`, by
 * default from the one that `manualSeed` seeds. The classes of `transforms` are such functions, and so is any of yours.
 */
export type Transform<In, Out> = (x: In, generator?: Generator) => Out;

/** A transform is called as a function: `transform(x, generator)`. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- a class cannot write its call signature
export interface TransformClass<In, Out> extends Transform<In, Out> {}

/** The base of the classes: calling an instance runs its `forward`. */
export abstract class TransformClass<In, Out> {
  constructor() {
    const self = (x: In, generator?: Generator): Out =>
      (self as unknown as TransformClass<In, Out>).forward(x, generator);
    return Object.setPrototypeOf(self, new.target.prototype) as this;
  }

  /** What calling the transform does. */
  abstract forward(x: In, generator?: Generator): Out;

  /** @internal The same on the host, if it can be done there. */
  hostForm?(): HostTransform | undefined;
}

/** @internal A transform of images as it runs on the host. It may overwrite an image of floats that it is given. */
export type HostTransform = (image: PixelImage | FloatImage, generator?: Generator) => FloatImage;

/** @internal How a transform runs on the host; undefined of one that needs a tensor, such as a function of the user. */
export function hostForm(transform: unknown): HostTransform | undefined {
  if (!(transform instanceof TransformClass)) return undefined;
  // A subclass of the user that has another `forward` wants it to be called.
  let level: object | null = transform;
  while (level && !Object.hasOwn(level, 'forward')) level = Object.getPrototypeOf(level);
  return level && Object.hasOwn(level, 'hostForm') ? transform.hostForm?.() : undefined;
}

/** The base of transforms from image tensors [..., C, H, W] to such. A subclass says it for both places. */
export abstract class ImageTransform extends TransformClass<Tensor, Tensor> {
  /** @internal The least number of dims that a tensor must have. */
  protected readonly dims: number = 2;

  /** Throws a TypeError for what is no tensor, a ShapeError for one of too few dims. */
  forward(x: Tensor, generator?: Generator): Tensor {
    checkImage(this.constructor.name, x, this.dims);
    return this.ofTensor(x, generator);
  }

  override hostForm(): HostTransform {
    return (image, generator) => {
      if (!isFloatImage(image)) throw notYetTensor(this.constructor.name, image);
      return this.ofHost(image, generator);
    };
  }

  /** @internal */
  protected abstract ofTensor(x: Tensor, generator: Generator | undefined): Tensor;

  /** @internal */
  protected abstract ofHost(image: FloatImage, generator: Generator | undefined): FloatImage;
}

/** @internal Throws a TypeError for what is no tensor, a ShapeError for one of too few dims. */
export function checkImage(op: string, x: unknown, dims: number): asserts x is Tensor {
  if (!isTensor(x)) throw notYetTensor(op, x);
  if (x.shape.length < dims) {
    const expected = dims === 2 ? '[..., H, W]' : '[..., C, H, W]';
    throw new ShapeError(op, `it takes images ${expected}, but got ${show(x.shape)}. Reshape the tensor.`);
  }
}

function isFloatImage(image: PixelImage | FloatImage): image is FloatImage {
  return image.data instanceof Float32Array;
}

function notYetTensor(op: string, x: unknown): TypeError {
  const found = isPixelImage(x) ? 'an image as bytes' : typeof x;
  return new TypeError(`${op}: it takes a tensor, but got ${found}. Put ToTensor before it.`);
}
