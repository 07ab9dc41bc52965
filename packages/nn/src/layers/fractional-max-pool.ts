import {
  fractionalMaxPool2d, fractionalMaxPool3d, show, ValueError, type FractionalMaxPool as FractionalMaxPoolOp, type PerDim,
  type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import type { Pooled } from './max-pool.ts';

export interface FractionalMaxPoolOptions<Indices extends boolean = boolean> {
  /** The size of the result: one number, or one per dim. Either this or `outputRatio`. */
  readonly outputSize?: PerDim | null | undefined;
  /** The size of the result as a part of the input's, between 0 and 1. */
  readonly outputRatio?: PerDim | null | undefined;
  /** Also return where each value was found. Default false. */
  readonly returnIndices?: Indices;
  /** Draws from [0, 1) to use each time, [N, C, number of spatial dims]. Default: new ones for each call. */
  readonly _randomSamples?: Tensor | null | undefined;
}

abstract class FractionalMaxPool<Indices extends boolean> extends Module<[x: Tensor], Pooled<Indices>> {
  readonly kernelSize: PerDim;
  readonly outputSize: PerDim | null;
  readonly outputRatio: PerDim | null;
  readonly returnIndices: boolean;
  declare _random_samples: Tensor | null;
  readonly #op: FractionalMaxPoolOp;

  constructor(op: FractionalMaxPoolOp, kernelSize: PerDim, options: FractionalMaxPoolOptions<Indices>) {
    super();
    const layer = this.constructor.name;
    const { outputSize = null, outputRatio = null, returnIndices = false, _randomSamples = null } = options;
    if ((outputSize === null) === (outputRatio === null)) {
      const what = outputSize === null ? 'neither outputSize nor outputRatio' : 'both outputSize and outputRatio';
      throw new ValueError(layer, `there is ${what}. Give one of them.`);
    }
    const ratios = typeof outputRatio === 'number' ? [outputRatio] : (outputRatio ?? []);
    if (!ratios.every((ratio) => ratio > 0 && ratio < 1))
      throw new ValueError(layer, `outputRatio is ${show(ratios)}. It must lie between 0 and 1.`);
    this.kernelSize = kernelSize;
    this.outputSize = outputSize;
    this.outputRatio = outputRatio;
    this.returnIndices = returnIndices;
    this.registerBuffer('_random_samples', _randomSamples);
    this.#op = op;
  }

  forward(x: Tensor): Pooled<Indices> {
    const { kernelSize, outputSize, outputRatio, returnIndices } = this;
    const options = { outputSize, outputRatio, returnIndices, _randomSamples: this._random_samples };
    return this.#op(x, kernelSize, options) as Pooled<Indices>;
  }

  override extraRepr(): string {
    const { kernelSize, outputSize, outputRatio } = this;
    return reprOptions({ kernelSize, ...(outputSize === null ? { outputRatio } : { outputSize }) });
  }
}

/**
 * The largest of windows that begin at random, about evenly spaced places: from [N, C, H, W] or [C, H, W] to outputSize, or to
 * ⌊size · outputRatio⌋. Throws ValueError unless just one of these is given. https://arxiv.org/abs/1412.6071.
 * torch.nn.FractionalMaxPool2d
 */
export class FractionalMaxPool2d<Indices extends boolean = false> extends FractionalMaxPool<Indices> {
  constructor(kernelSize: PerDim, options: FractionalMaxPoolOptions<Indices> = {}) {
    super(fractionalMaxPool2d, kernelSize, options);
  }
}

/** As FractionalMaxPool2d over three dims: from [N, C, D, H, W] or [C, D, H, W]. torch.nn.FractionalMaxPool3d */
export class FractionalMaxPool3d<Indices extends boolean = false> extends FractionalMaxPool<Indices> {
  constructor(kernelSize: PerDim, options: FractionalMaxPoolOptions<Indices> = {}) {
    super(fractionalMaxPool3d, kernelSize, options);
  }
}
