import { noGrad, ShapeError, show, type Tensor } from '@rushlight/core';
import { batchNorm } from '../functional/batch-norm.ts';
import { hasModes } from '../module/members.ts';
import { RunningNorm, type RunningNormOptions } from './running-norm.ts';

export interface BatchNormOptions extends RunningNormOptions {
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

abstract class BatchNorm extends RunningNorm {
  readonly #kind: InputKind;

  constructor(kind: InputKind, numFeatures: number, options: BatchNormOptions) {
    super(numFeatures, options, true);
    this.#kind = kind;
  }

  /** How many batches they follow. */
  get numBatchesTracked(): Tensor | null {
    return this.num_batches_tracked;
  }

  /** @internal */
  override get [hasModes](): boolean {
    return true;
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
