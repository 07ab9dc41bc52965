import { maxPool1d, maxPool2d, maxPool3d, type MaxPool as MaxPoolOp, type PerDim, type Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

export interface MaxPoolOptions<Indices extends boolean = boolean> {
  /** Default: the kernel's size. */
  readonly stride?: PerDim;
  /** −∞ on both ends of each dim. Default 0. */
  readonly padding?: PerDim;
  /** The distance of a window's elements. Default 1. */
  readonly dilation?: PerDim;
  /** Also return where each value was found. Default false. */
  readonly returnIndices?: Indices;
  /** Let a last window reach beyond the end. Default false. */
  readonly ceilMode?: boolean;
}

/** @internal What a layer gives that may return indices. */
export type Pooled<Indices extends boolean> = Indices extends true ? [output: Tensor, indices: Tensor] : Tensor;

abstract class MaxPool<Indices extends boolean> extends Module<[x: Tensor], Pooled<Indices>> {
  readonly kernelSize: PerDim;
  readonly stride: PerDim;
  readonly padding: PerDim;
  readonly dilation: PerDim;
  readonly returnIndices: boolean;
  readonly ceilMode: boolean;
  readonly #op: MaxPoolOp;

  constructor(op: MaxPoolOp, kernelSize: PerDim, options: MaxPoolOptions<Indices>) {
    super();
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.returnIndices = options.returnIndices ?? false;
    this.ceilMode = options.ceilMode ?? false;
    this.#op = op;
  }

  forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, stride, padding, dilation, returnIndices, ceilMode } = this;
    return this.#op(x, kernelSize, { stride, padding, dilation, returnIndices, ceilMode }) as Pooled<Indices>;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return reprOptions({ kernelSize, stride, padding, dilation, ceilMode });
  }
}

/** The largest of every window over one dim: from [N, C, L] or [C, L]. torch.nn.MaxPool1d */
export class MaxPool1d<Indices extends boolean = false> extends MaxPool<Indices> {
  constructor(kernelSize: PerDim, options: MaxPoolOptions<Indices> = {}) {
    super(maxPool1d, kernelSize, options);
  }
}

/** As MaxPool1d over two dims: from [N, C, H, W] or [C, H, W]. torch.nn.MaxPool2d */
export class MaxPool2d<Indices extends boolean = false> extends MaxPool<Indices> {
  constructor(kernelSize: PerDim, options: MaxPoolOptions<Indices> = {}) {
    super(maxPool2d, kernelSize, options);
  }
}

/** As MaxPool1d over three dims: from [N, C, D, H, W] or [C, D, H, W]. torch.nn.MaxPool3d */
export class MaxPool3d<Indices extends boolean = false> extends MaxPool<Indices> {
  constructor(kernelSize: PerDim, options: MaxPoolOptions<Indices> = {}) {
    super(maxPool3d, kernelSize, options);
  }
}
