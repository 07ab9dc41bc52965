// What batch and instance norms share: parameters and running statistics per channel, printing.

import { ones, ValueError, zeros, type Tensor } from '@rushlight/core';
import { ones_, zeros_ } from '../init/fill.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface RunningNormOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  readonly momentum?: number | null;
  readonly affine?: boolean;
  readonly trackRunningStats?: boolean;
}

export abstract class RunningNorm extends Module<[x: Tensor], Tensor> {
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

  /** `byDefault`: what `affine` and `trackRunningStats` are where they are not given. */
  constructor(numFeatures: number, options: RunningNormOptions, byDefault: boolean) {
    super();
    const layer = this.constructor.name;
    const { eps = 1e-5, momentum = 0.1, affine = byDefault, trackRunningStats = byDefault, device, dtype } = options;
    checkCount(layer, 'numFeatures', numFeatures);
    if (momentum !== null && !Number.isFinite(momentum))
      throw new ValueError(layer, `momentum is ${String(momentum)}. It must be a finite number, or null.`);
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    const on = device ? { device } : {};
    const made = { ...on, ...(dtype && { dtype }) };
    const shape = [numFeatures];
    this.weight = affine ? new Parameter(ones(shape, made)) : null;
    this.bias = affine ? new Parameter(zeros(shape, made)) : null;
    this.registerBuffer('running_mean', trackRunningStats ? zeros(shape, made) : null);
    this.registerBuffer('running_var', trackRunningStats ? ones(shape, made) : null);
    // In the state dict of an instance norm, too, as PyTorch has it, where nothing counts it either.
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

  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return `${numFeatures}, ${reprOptions({ eps, momentum, affine, trackRunningStats })}`;
  }
}
