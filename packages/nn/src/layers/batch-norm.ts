import { noGrad, ones, ShapeError, show, zeros, type Tensor } from '@rushlight/core';
import { batchNorm } from '../functional/batch-norm.ts';
import { ones_, zeros_ } from '../init/fill.ts';
import { hasModes } from '../module/members.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface BatchNormOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** How far the running mean and variance move in a batch; null: they are averages over all batches. Default 0.1. */
  readonly momentum?: number | null;
  /** Whether a factor and a summand per channel are learned. Default true. */
  readonly affine?: boolean;
  /** Whether there are a running mean and variance, which evaluation uses. Default true. */
  readonly trackRunningStats?: boolean;
}

/** What the input may look like. */
interface InputKind {
  readonly ranks: readonly number[];
  readonly shapes: string;
}

abstract class BatchNorm extends Module<[x: Tensor], Tensor> {
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
  readonly #kind: InputKind;

  constructor(kind: InputKind, numFeatures: number, options: BatchNormOptions) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true, device, dtype } = options;
    checkCount(this.constructor.name, 'numFeatures', numFeatures);
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    this.#kind = kind;
    const on = device ? { device } : {};
    const made = { ...on, ...(dtype && { dtype }) };
    const shape = [numFeatures];
    this.weight = affine ? new Parameter(ones(shape, made)) : null;
    this.bias = affine ? new Parameter(zeros(shape, made)) : null;
    this.registerBuffer('running_mean', trackRunningStats ? zeros(shape, made) : null);
    this.registerBuffer('running_var', trackRunningStats ? ones(shape, made) : null);
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
  /** How many batches they follow. */
  get numBatchesTracked(): Tensor | null {
    return this.num_batches_tracked;
  }

  /** @internal */
  override get [hasModes](): boolean {
    return true;
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
    const layer = this.constructor.name;
    const { numFeatures, weight, bias, eps, training, running_mean, running_var } = this;
    const { ranks, shapes } = this.#kind;
    if (!ranks.includes(x.shape.length) || x.shape[1] !== numFeatures) {
      const expected = shapes.replaceAll('C', String(numFeatures));
      throw new ShapeError(layer, `the input has shape ${show(x.shape)}. It must be ${expected}.`);
    }
    const isTracking = training && this.trackRunningStats;
    const momentum = isTracking ? this.#countBatch(x) : 0;
    // Without running ones the mean and variance are those of the batch, in evaluation too.
    const usesBatch = training || (!running_mean && !running_var);
    const [mean, variance] = usesBatch && !isTracking ? [null, null] : [running_mean, running_var];
    return batchNorm(x, mean, variance, { weight, bias, training: usesBatch, momentum, eps });
  }

  /** Counts a batch and says how far it moves what is remembered. */
  #countBatch(x: Tensor): number | Tensor {
    const { num_batches_tracked: count, momentum } = this;
    return noGrad(() => {
      count?.add_(1);
      if (momentum !== null) return momentum;
      return count ? count.to(x.dtype).reciprocal() : 0;
    });
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return `${numFeatures}, ${reprOptions({ eps, momentum, affine, trackRunningStats })}`;
  }
}

/**
 * (x − mean) / √(variance + ε) · weight + bias per channel: from [N, C] or [N, C, L]. In training mean and variance are those of
 * the batch, and the buffers `running_mean` and `running_var` follow them (the variance without bias); in evaluation they are
 * the running ones. Throws ShapeError for an input that does not fit, or in training has one value per channel.
 * https://arxiv.org/abs/1502.03167. torch.nn.BatchNorm1d
 */
export class BatchNorm1d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super({ ranks: [2, 3], shapes: '[N, C] or [N, C, L]' }, numFeatures, options);
  }
}

/** As BatchNorm1d over images: from [N, C, H, W]. torch.nn.BatchNorm2d */
export class BatchNorm2d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super({ ranks: [4], shapes: '[N, C, H, W]' }, numFeatures, options);
  }
}

/** As BatchNorm1d over volumes: from [N, C, D, H, W]. torch.nn.BatchNorm3d */
export class BatchNorm3d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super({ ranks: [5], shapes: '[N, C, D, H, W]' }, numFeatures, options);
  }
}
