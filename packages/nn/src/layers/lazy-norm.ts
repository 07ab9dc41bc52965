// Batch and instance norms that learn their number of channels from the first input.

import { ShapeError, show, type Tensor } from '@rushlight/core';
import { becomePlain } from '../module/become-plain.ts';
import type { Module } from '../module/module.ts';
import type { Parameter } from '../parameter.ts';
import { UninitializedBuffer, UninitializedParameter } from '../uninitialized.ts';
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormOptions } from './batch-norm.ts';
import { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, type InstanceNormOptions } from './instance-norm.ts';
import type { LayerOptions } from './layer-options.ts';

interface Norm extends Module<[x: Tensor], Tensor> {
  readonly numFeatures: number;
  weight: Parameter | null;
  bias: Parameter | null;
  running_mean: Tensor | null;
  running_var: Tensor | null;
  resetParameters(): void;
}

/** `channelDim` says where in an input of so many dims the channels are; undefined where it does not fit. */
function makeLazy<M extends Norm>(
  module: M,
  plain: { readonly prototype: M },
  channelDim: (rank: number) => number | undefined,
  options: LayerOptions,
): void {
  const layer = module.constructor.name;
  if (module.weight) module.weight = new UninitializedParameter(options);
  if (module.bias) module.bias = new UninitializedParameter(options);
  if (module.running_mean) module.running_mean = new UninitializedBuffer(options);
  if (module.running_var) module.running_var = new UninitializedBuffer(options);
  becomePlain<Norm>(module, {
    plain,
    sizes: (x) => {
      const d = channelDim(x.ndim);
      if (d !== undefined) return { numFeatures: x.shape[d] ?? 0 };
      throw new ShapeError(
        layer,
        `the input has shape ${show(x.shape)}. It does not have the dims of ${layer.slice(4)}.`,
      );
    },
    shape: (_, { numFeatures }) => [numFeatures],
  });
}

const ofBatch =
  (...ranks: number[]) =>
  (rank: number): number | undefined =>
    ranks.includes(rank) ? 1 : undefined;
const ofInstance =
  (spatial: number) =>
  (rank: number): number | undefined =>
    rank === spatial + 1 || rank === spatial + 2 ? rank - spatial - 1 : undefined;

/**
 * A BatchNorm1d whose `numFeatures` are the channels of its first input: then it becomes a BatchNorm1d. Until then its parameters
 * and running statistics are uninitialized, and an optimizer refuses them; loading a state dict gives them a shape, too. Throws
 * ShapeError for a first input that does not fit. torch.nn.LazyBatchNorm1d
 */
export class LazyBatchNorm1d extends BatchNorm1d {
  constructor(options: BatchNormOptions = {}) {
    super(0, options);
    makeLazy<BatchNorm1d>(this, BatchNorm1d, ofBatch(2, 3), options);
  }

  /** Nothing yet: the first input says how many there are. */
  override resetParameters(): void {}
}

/** As LazyBatchNorm1d over images. torch.nn.LazyBatchNorm2d */
export class LazyBatchNorm2d extends BatchNorm2d {
  constructor(options: BatchNormOptions = {}) {
    super(0, options);
    makeLazy<BatchNorm2d>(this, BatchNorm2d, ofBatch(4), options);
  }

  /** Nothing yet: the first input says how many there are. */
  override resetParameters(): void {}
}

/** As LazyBatchNorm1d over volumes. torch.nn.LazyBatchNorm3d */
export class LazyBatchNorm3d extends BatchNorm3d {
  constructor(options: BatchNormOptions = {}) {
    super(0, options);
    makeLazy<BatchNorm3d>(this, BatchNorm3d, ofBatch(5), options);
  }

  /** Nothing yet: the first input says how many there are. */
  override resetParameters(): void {}
}

/** PyTorch's lazy layers have these on where the others have them off. */
const lazyDefaults = { affine: true, trackRunningStats: true } satisfies InstanceNormOptions;

/**
 * As LazyBatchNorm1d, an InstanceNorm1d; but `affine` and `trackRunningStats` are true unless the options say otherwise, as in
 * PyTorch. torch.nn.LazyInstanceNorm1d
 */
export class LazyInstanceNorm1d extends InstanceNorm1d {
  constructor(options: InstanceNormOptions = {}) {
    super(0, { ...lazyDefaults, ...options });
    makeLazy<InstanceNorm1d>(this, InstanceNorm1d, ofInstance(1), options);
  }

  /** Nothing yet: the first input says how many there are. */
  override resetParameters(): void {}
}

/** As LazyInstanceNorm1d over images. torch.nn.LazyInstanceNorm2d */
export class LazyInstanceNorm2d extends InstanceNorm2d {
  constructor(options: InstanceNormOptions = {}) {
    super(0, { ...lazyDefaults, ...options });
    makeLazy<InstanceNorm2d>(this, InstanceNorm2d, ofInstance(2), options);
  }

  /** Nothing yet: the first input says how many there are. */
  override resetParameters(): void {}
}

/** As LazyInstanceNorm1d over volumes. torch.nn.LazyInstanceNorm3d */
export class LazyInstanceNorm3d extends InstanceNorm3d {
  constructor(options: InstanceNormOptions = {}) {
    super(0, { ...lazyDefaults, ...options });
    makeLazy<InstanceNorm3d>(this, InstanceNorm3d, ofInstance(3), options);
  }

  /** Nothing yet: the first input says how many there are. */
  override resetParameters(): void {}
}
