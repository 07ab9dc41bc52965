import { ones, ShapeError, show, zeros, type Tensor } from '@rushlight/core';
import { instanceNorm } from '../functional/instance-norm.ts';
import { ones_, zeros_ } from '../init/fill.ts';
import { hasModes } from '../module/members.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface InstanceNormOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** How far the running mean and variance move in a batch; null: not at all. Default 0.1. */
  readonly momentum?: number | null;
  /** Whether a factor and a summand per channel are learned. Default false. */
  readonly affine?: boolean;
  /** Whether there are a running mean and variance, which evaluation uses. Default false. */
  readonly trackRunningStats?: boolean;
}

abstract class InstanceNorm extends Module<[x: Tensor], Tensor> {
  readonly numFeatures: number;
  readonly eps: number;
  momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  declare running_mean: Tensor | null;
  declare running_var: Tensor | null;
  declare num_batches_tracked: Tensor | null;
  readonly #dims: readonly string[];

  /** `dims`: the names of those after the channels. */
  constructor(dims: readonly string[], numFeatures: number, options: InstanceNormOptions) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine = false, trackRunningStats = false, device, dtype } = options;
    checkCount(this.constructor.name, 'numFeatures', numFeatures);
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    this.#dims = dims;
    const on = device ? { device } : {};
    const made = { ...on, ...(dtype && { dtype }) };
    const shape = [numFeatures];
    this.weight = affine ? new Parameter(ones(shape, made)) : null;
    this.bias = affine ? new Parameter(zeros(shape, made)) : null;
    this.registerBuffer('running_mean', trackRunningStats ? zeros(shape, made) : null);
    this.registerBuffer('running_var', trackRunningStats ? ones(shape, made) : null);
    // In the state dict as PyTorch has it, where nothing counts it either.
    this.registerBuffer('num_batches_tracked', trackRunningStats ? zeros([], { ...on, dtype: 'int32' }) : null);
  }

  /** The mean per channel that evaluation uses, under its name in a state dict. */
  get runningMean(): Tensor | null {
    return this.running_mean;
  }
  /** The variance per channel that evaluation uses. */
  get runningVar(): Tensor | null {
    return this.running_var;
  }

  /** @internal */
  override get [hasModes](): boolean {
    return this.trackRunningStats;
  }

  /** Forgets the batches. */
  resetRunningStats(): void {
    if (this.running_mean) zeros_(this.running_mean);
    if (this.running_var) ones_(this.running_var);
    if (this.num_batches_tracked) zeros_(this.num_batches_tracked);
  }

  /** Forgets the batches and sets the weight to ones and the bias to zeros. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
  }

  forward(x: Tensor): Tensor {
    const dims = this.#dims;
    const missing = dims.length + 2 - x.shape.length;
    if (missing !== 0 && missing !== 1) {
      const sizes = ['C', ...dims].join(', ');
      throw new ShapeError(
        this.constructor.name,
        `the input has shape ${show(x.shape)}. It must be [N, ${sizes}] or [${sizes}].`,
      );
    }
    const { weight, bias, eps, running_mean: runningMean, running_var: runningVar } = this;
    const useInputStats = this.training || !this.trackRunningStats;
    const options = { runningMean, runningVar, weight, bias, useInputStats, momentum: this.momentum ?? 0, eps };
    return missing === 0 ? instanceNorm(x, options) : instanceNorm(x.unsqueeze(0), options).squeeze(0);
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return `${numFeatures}, ${reprOptions({ eps, momentum, affine, trackRunningStats })}`;
  }
}

/**
 * (x − mean) / √(variance + ε) · weight + bias, mean and variance taken over each channel of each sample: from [N, C, L] or
 * [C, L]. With `trackRunningStats` the buffers `running_mean` and `running_var` follow their means over the samples in training,
 * and evaluation uses them. Throws ShapeError for an input that does not fit or has one value per channel.
 * https://arxiv.org/abs/1607.08022. torch.nn.InstanceNorm1d
 */
export class InstanceNorm1d extends InstanceNorm {
  constructor(numFeatures: number, options: InstanceNormOptions = {}) {
    super(['L'], numFeatures, options);
  }
}

/** As InstanceNorm1d over images: from [N, C, H, W] or [C, H, W]. torch.nn.InstanceNorm2d */
export class InstanceNorm2d extends InstanceNorm {
  constructor(numFeatures: number, options: InstanceNormOptions = {}) {
    super(['H', 'W'], numFeatures, options);
  }
}

/** As InstanceNorm1d over volumes: from [N, C, D, H, W] or [C, D, H, W]. torch.nn.InstanceNorm3d */
export class InstanceNorm3d extends InstanceNorm {
  constructor(numFeatures: number, options: InstanceNormOptions = {}) {
    super(['D', 'H', 'W'], numFeatures, options);
  }
}
