import { col2im, im2col, type FoldOptions, type PerDim, type Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

/**
 * Adds windows up to an image: [N, C·∏k, L] or [C·∏k, L] to [N, C, H, W] or [C, H, W] with [H, W] = outputSize. Where windows
 * overlap they add up. Throws ShapeError where the sizes do not fit. torch.nn.Fold
 */
export class Fold extends Module<[x: Tensor], Tensor> {
  readonly outputSize: PerDim;
  readonly kernelSize: PerDim;
  readonly dilation: PerDim;
  readonly padding: PerDim;
  readonly stride: PerDim;

  constructor(outputSize: PerDim, kernelSize: PerDim, { dilation = 1, padding = 0, stride = 1 }: FoldOptions = {}) {
    super();
    this.outputSize = outputSize;
    this.kernelSize = kernelSize;
    this.dilation = dilation;
    this.padding = padding;
    this.stride = stride;
  }

  forward(x: Tensor): Tensor {
    const { outputSize, kernelSize, dilation, padding, stride } = this;
    return col2im(x, outputSize, kernelSize, { dilation, padding, stride });
  }

  override extraRepr(): string {
    const { outputSize, kernelSize, dilation, padding, stride } = this;
    return reprOptions({ outputSize, kernelSize, dilation, padding, stride });
  }
}

/**
 * The windows of an image as columns: [N, C, H, W] or [C, H, W] to [N, C·∏k, L] or [C·∏k, L], L windows counted row-major. Throws
 * ShapeError where none fits. torch.nn.Unfold
 */
export class Unfold extends Module<[x: Tensor], Tensor> {
  readonly kernelSize: PerDim;
  readonly dilation: PerDim;
  readonly padding: PerDim;
  readonly stride: PerDim;

  constructor(kernelSize: PerDim, { dilation = 1, padding = 0, stride = 1 }: FoldOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.dilation = dilation;
    this.padding = padding;
    this.stride = stride;
  }

  forward(x: Tensor): Tensor {
    const { kernelSize, dilation, padding, stride } = this;
    return im2col(x, kernelSize, { dilation, padding, stride });
  }

  override extraRepr(): string {
    const { kernelSize, dilation, padding, stride } = this;
    return reprOptions({ kernelSize, dilation, padding, stride });
  }
}
