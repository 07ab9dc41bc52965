// The activations that look along a dim.

import { ShapeError, show, type Tensor } from '@rushlight/core';
import { glu } from '../functional/glu.ts';
import { softmin } from '../functional/softmin.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

abstract class AlongDim extends Module<[x: Tensor], Tensor> {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  override extraRepr(): string {
    return reprOptions({ dim: this.dim });
  }
}

/** e^x / Σ e^x along a dim. For training use CrossEntropyLoss on what would go in here. torch.nn.Softmax */
export class Softmax extends AlongDim {
  forward(x: Tensor): Tensor {
    return x.softmax(this.dim);
  }
}

/** e^−x / Σ e^−x along a dim: Softmax of −x. torch.nn.Softmin */
export class Softmin extends AlongDim {
  forward(x: Tensor): Tensor {
    return softmin(x, this.dim);
  }
}

/**
 * Softmax over the channels of [N, C, H, W] or [C, H, W]. Throws ShapeError for another number of dims. torch.nn.Softmax2d
 */
export class Softmax2d extends Module<[x: Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    if (x.ndim !== 3 && x.ndim !== 4)
      throw new ShapeError('Softmax2d', `the input has shape ${show(x.shape)}. It must be [N, C, H, W] or [C, H, W].`);
    return x.softmax(-3);
  }
}

/** ln of Softmax, finite for every x. torch.nn.LogSoftmax */
export class LogSoftmax extends AlongDim {
  forward(x: Tensor): Tensor {
    return x.logSoftmax(this.dim);
  }
}

/** a·sigmoid(b) of the two halves along a dim, the last by default. torch.nn.GLU */
export class GLU extends AlongDim {
  constructor(dim = -1) {
    super(dim);
  }

  forward(x: Tensor): Tensor {
    return glu(x, this.dim);
  }
}
