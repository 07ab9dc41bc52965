import { avgPool1d, avgPool2d, avgPool3d, type PerDim, type Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

export interface AvgPoolOptions {
  /** Default: the kernel's size. */
  readonly stride?: PerDim;
  /** Zeros on both ends of each dim. Default 0. */
  readonly padding?: PerDim;
  /** Let a last window reach beyond the end. Default false. */
  readonly ceilMode?: boolean;
  /** Whether the padding counts as zeros to average over. Default true. */
  readonly countIncludePad?: boolean;
}

/** In one dim PyTorch has no divisorOverride. */
export interface AvgPoolDivisorOptions extends AvgPoolOptions {
  /** Divide by this instead of the number of elements. Not 0. */
  readonly divisorOverride?: number | null;
}

abstract class AvgPool extends Module<[x: Tensor], Tensor> {
  readonly kernelSize: PerDim;
  readonly stride: PerDim;
  readonly padding: PerDim;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;
  readonly #op: typeof avgPool2d;

  constructor(op: typeof avgPool2d, kernelSize: PerDim, options: AvgPoolDivisorOptions) {
    super();
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.ceilMode = options.ceilMode ?? false;
    this.countIncludePad = options.countIncludePad ?? true;
    this.divisorOverride = options.divisorOverride ?? null;
    this.#op = op;
  }

  forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return this.#op(x, kernelSize, {
      stride,
      padding,
      ceilMode,
      countIncludePad,
      divisorOverride: divisorOverride ?? undefined,
    });
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return reprOptions({ kernelSize, stride, padding });
  }
}

/** The mean of every window over one dim: from [N, C, L] or [C, L]. torch.nn.AvgPool1d */
export class AvgPool1d extends AvgPool {
  constructor(kernelSize: PerDim, options: AvgPoolOptions = {}) {
    super(avgPool1d, kernelSize, options);
  }
}

/** As AvgPool1d over two dims: from [N, C, H, W] or [C, H, W]. torch.nn.AvgPool2d */
export class AvgPool2d extends AvgPool {
  constructor(kernelSize: PerDim, options: AvgPoolDivisorOptions = {}) {
    super(avgPool2d, kernelSize, options);
  }
}

/** As AvgPool1d over three dims: from [N, C, D, H, W] or [C, D, H, W]. torch.nn.AvgPool3d */
export class AvgPool3d extends AvgPool {
  constructor(kernelSize: PerDim, options: AvgPoolDivisorOptions = {}) {
    super(avgPool3d, kernelSize, options);
  }
}
