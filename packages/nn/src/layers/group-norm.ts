import { ones, ValueError, zeros, type Tensor } from '@rushlight/core';
import { groupNorm } from '../functional/group-norm.ts';
import { ones_, zeros_ } from '../init/fill.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface GroupNormOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Whether a factor and a summand per channel are learned. Default true. */
  readonly affine?: boolean;
}

/**
 * (x − mean) / √(variance + ε) · weight + bias, mean and variance taken over each of numGroups parts of the channels of each
 * sample: from [N, numChannels, *] to the same. `weight` starts as ones, `bias` as zeros. Throws ValueError where the groups do
 * not divide the channels, ShapeError for an input that does not fit. https://arxiv.org/abs/1803.08494. torch.nn.GroupNorm
 */
export class GroupNorm extends Module<[x: Tensor], Tensor> {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  readonly affine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(
    numGroups: number,
    numChannels: number,
    { eps = 1e-5, affine = true, ...options }: GroupNormOptions = {},
  ) {
    super();
    checkCount('GroupNorm', 'numGroups', numGroups, 1);
    checkCount('GroupNorm', 'numChannels', numChannels);
    if (numChannels % numGroups !== 0) {
      throw new ValueError(
        'GroupNorm',
        `numChannels is ${numChannels}, which ${numGroups} groups do not divide. Use a multiple of numGroups.`,
      );
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.affine = affine;
    this.weight = affine ? new Parameter(ones([numChannels], options)) : null;
    this.bias = affine ? new Parameter(zeros([numChannels], options)) : null;
  }

  /** Sets the weight to ones and the bias to zeros. */
  resetParameters(): void {
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
  }

  forward(x: Tensor): Tensor {
    return groupNorm(x, this.numGroups, this);
  }

  override extraRepr(): string {
    const { numGroups, numChannels, eps, affine } = this;
    return `${numGroups}, ${numChannels}, ${reprOptions({ eps, affine })}`;
  }
}
