import { maxUnpool1d, maxUnpool2d, maxUnpool3d, type PerDim, type Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

export interface MaxUnpoolOptions {
  /** Default: the kernel's size. */
  readonly stride?: PerDim | null | undefined;
  /** What the pooling had. Default 0. */
  readonly padding?: PerDim;
}

export interface MaxUnpoolForwardOptions {
  /** The size to restore, where pooling maps several to one: spatial, or the whole shape [N, C, …]. */
  readonly outputSize?: readonly number[] | undefined;
}

type Args = [x: Tensor, indices: Tensor, options?: MaxUnpoolForwardOptions];

abstract class MaxUnpool extends Module<Args, Tensor> {
  readonly kernelSize: PerDim;
  readonly stride: PerDim;
  readonly padding: PerDim;
  readonly #op: typeof maxUnpool2d;

  constructor(op: typeof maxUnpool2d, kernelSize: PerDim, { stride, padding = 0 }: MaxUnpoolOptions) {
    super();
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.#op = op;
  }

  forward(x: Tensor, indices: Tensor, { outputSize }: MaxUnpoolForwardOptions = {}): Tensor {
    const { kernelSize, stride, padding } = this;
    return this.#op(x, indices, kernelSize, { stride, padding, outputSize });
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return reprOptions({ kernelSize, stride, padding });
  }
}

/**
 * Puts what MaxPool1d chose back where it was, zeros elsewhere: takes its output and its indices, [N, C, L] or [C, L]. Throws
 * ValueError for an index or a size out of range. torch.nn.MaxUnpool1d
 */
export class MaxUnpool1d extends MaxUnpool {
  constructor(kernelSize: PerDim, options: MaxUnpoolOptions = {}) {
    super(maxUnpool1d, kernelSize, options);
  }
}

/** As MaxUnpool1d over two dims: [N, C, H, W] or [C, H, W]. torch.nn.MaxUnpool2d */
export class MaxUnpool2d extends MaxUnpool {
  constructor(kernelSize: PerDim, options: MaxUnpoolOptions = {}) {
    super(maxUnpool2d, kernelSize, options);
  }
}

/** As MaxUnpool1d over three dims: [N, C, D, H, W] or [C, D, H, W]. torch.nn.MaxUnpool3d */
export class MaxUnpool3d extends MaxUnpool {
  constructor(kernelSize: PerDim, options: MaxUnpoolOptions = {}) {
    super(maxUnpool3d, kernelSize, options);
  }
}
