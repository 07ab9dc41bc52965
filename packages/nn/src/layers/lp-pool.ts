import type { PerDim, Tensor } from '@rushlight/core';
import { lpPool1d, lpPool2d, lpPool3d } from '../functional/lp-pool.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

export interface LPPoolOptions {
  /** Default: the kernel's size. */
  readonly stride?: PerDim | null | undefined;
  /** Let a last window reach beyond the end. Default false. */
  readonly ceilMode?: boolean;
}

abstract class LPPool extends Module<[x: Tensor], Tensor> {
  readonly normType: number;
  readonly kernelSize: PerDim;
  readonly stride: PerDim | null;
  readonly ceilMode: boolean;
  readonly #op: typeof lpPool2d;

  constructor(op: typeof lpPool2d, normType: number, kernelSize: PerDim, { stride, ceilMode = false }: LPPoolOptions) {
    super();
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.stride = stride ?? null;
    this.ceilMode = ceilMode;
    this.#op = op;
  }

  forward(x: Tensor): Tensor {
    const { normType, kernelSize, stride, ceilMode } = this;
    return this.#op(x, normType, kernelSize, { stride: stride ?? undefined, ceilMode });
  }

  override extraRepr(): string {
    const { normType, kernelSize, stride, ceilMode } = this;
    return reprOptions({ normType, kernelSize, stride, ceilMode });
  }
}

/** The p-norm of every window over one dim, p = normType: from [N, C, L] or [C, L]. torch.nn.LPPool1d */
export class LPPool1d extends LPPool {
  constructor(normType: number, kernelSize: PerDim, options: LPPoolOptions = {}) {
    super(lpPool1d, normType, kernelSize, options);
  }
}

/** As LPPool1d over two dims: from [N, C, H, W] or [C, H, W]. torch.nn.LPPool2d */
export class LPPool2d extends LPPool {
  constructor(normType: number, kernelSize: PerDim, options: LPPoolOptions = {}) {
    super(lpPool2d, normType, kernelSize, options);
  }
}

/** As LPPool1d over three dims: from [N, C, D, H, W] or [C, D, H, W]. torch.nn.LPPool3d */
export class LPPool3d extends LPPool {
  constructor(normType: number, kernelSize: PerDim, options: LPPoolOptions = {}) {
    super(lpPool3d, normType, kernelSize, options);
  }
}
