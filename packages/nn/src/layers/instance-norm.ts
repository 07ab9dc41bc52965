import { ShapeError, show, type Tensor } from '@rushlight/core';
import { instanceNorm } from '../functional/instance-norm.ts';
import { hasModes } from '../module/members.ts';
import { RunningNorm, type RunningNormOptions } from './running-norm.ts';

export interface InstanceNormOptions extends RunningNormOptions {
  /** How far the running mean and variance move in a batch; null: not at all. Default 0.1. */
  readonly momentum?: number | null;
  /** Whether a factor and a summand per channel are learned. Default false. */
  readonly affine?: boolean;
  /** Whether there are a running mean and variance, which evaluation uses. Default false. */
  readonly trackRunningStats?: boolean;
}

abstract class InstanceNorm extends RunningNorm {
  readonly #dims: readonly string[];

  /** `dims`: the names of those after the channels. */
  constructor(dims: readonly string[], numFeatures: number, options: InstanceNormOptions) {
    super(numFeatures, options, false);
    this.#dims = dims;
  }

  /** @internal */
  override get [hasModes](): boolean {
    return this.trackRunningStats;
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
