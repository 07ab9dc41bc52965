import type { Generator } from '@rushlight/core';
import { TransformClass, type Transform } from './transform.ts';

/**
 * A function of yours as a transform. (Compose and data sets take the function as well.)
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.Lambda.html
 */
export class Lambda<In, Out> extends TransformClass<In, Out> {
  /** The function that it calls. */
  readonly lambd: Transform<In, Out>;

  constructor(lambd: Transform<In, Out>) {
    super();
    if (typeof lambd !== 'function') {
      throw new TypeError(`Lambda: it takes a function, but got ${typeof lambd}. Pass one.`);
    }
    this.lambd = lambd;
  }

  forward(x: In, generator?: Generator): Out {
    return this.lambd(x, generator);
  }
}
