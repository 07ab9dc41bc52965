import { ShapeError, show, type Tensor } from '@rushlight/core';
import {
  acrossChannels, checkResponse, checkWindow, localResponseNorm, type LocalResponseNormOptions,
} from '../functional/local-response-norm.ts'; // prettier-ignore
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

abstract class ResponseNorm extends Module<[x: Tensor], Tensor> {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  constructor(size: number, { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {}) {
    super();
    checkWindow(this.constructor.name, size);
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }

  override extraRepr(): string {
    const { size, alpha, beta, k } = this;
    return `${size}, ${reprOptions({ alpha, beta, k })}`;
  }
}

/**
 * x / (k + α · mean of x² over `size` neighbouring channels)^β, zeros counted beyond the first and the last: from [N, C, *] to
 * the same. Throws ShapeError for an input of fewer than 3 dims, ValueError for a size below 1.
 * https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks. torch.nn.LocalResponseNorm
 */
export class LocalResponseNorm extends ResponseNorm {
  forward(x: Tensor): Tensor {
    return localResponseNorm(x, this.size, this);
  }
}

/**
 * As LocalResponseNorm over images [N, C, H, W], with windows that reach as far to both sides: an even size counts one channel
 * less than it divides by. (PyTorch's keeps the first channel in every later window; this one does not.) torch.nn.CrossMapLRN2d
 */
export class CrossMapLRN2d extends ResponseNorm {
  forward(x: Tensor): Tensor {
    checkResponse('CrossMapLRN2d', x, this.size, 4);
    if (x.shape.length > 4)
      throw new ShapeError('CrossMapLRN2d', `the input has shape ${show(x.shape)}. It must be [N, C, H, W].`);
    const reach = Math.floor((this.size - 1) / 2);
    return acrossChannels(x, this.size, { before: reach, after: reach }, this);
  }
}
