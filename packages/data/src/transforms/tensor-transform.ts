import type { Generator, Tensor } from '@rushlight/core';
import { checkImage, TransformClass } from './transform.ts';

/** The base of transforms that take image tensors [..., C, H, W] and have no form that runs on the host. */
export abstract class TensorTransform<Out = Tensor> extends TransformClass<Tensor, Out> {
  /** @internal The least number of dims that a tensor must have. */
  protected readonly dims: number = 3;

  /** Throws a TypeError for what is no tensor, a ShapeError for one of too few dims. */
  forward(x: Tensor, generator?: Generator): Out {
    checkImage(this.constructor.name, x, this.dims);
    return this.ofTensor(x, generator);
  }

  /** @internal */
  protected abstract ofTensor(x: Tensor, generator: Generator | undefined): Out;
}
