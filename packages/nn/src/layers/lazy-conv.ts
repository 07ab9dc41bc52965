// Convolutions that learn their input channels from the first input.

import { ShapeError, show, ValueError, type PerDim, type Tensor } from '@rushlight/core';
import { becomePlain } from '../module/become-plain.ts';
import { UninitializedParameter } from '../uninitialized.ts';
import { Conv1d, Conv2d, Conv3d, type ConvOptions } from './conv.ts';
import type { ConvNd, ConvNdOptions } from './conv-nd.ts';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, type ConvTransposeOptions } from './conv-transpose.ts';

type AnyConv = ConvNd<[x: Tensor, ...rest: never[]]>;

/** What a convolution is made with for want of its input channels. */
const placeholder = ({ groups = 1 }: ConvNdOptions): number => groups;

function makeLazy<M extends AnyConv>(
  module: M,
  plain: { readonly prototype: M },
  isTransposed: boolean,
  options: ConvNdOptions,
): void {
  const layer = module.constructor.name;
  const rank = module.kernelSize.length;
  Object.assign(module, { inChannels: 0 });
  module.weight = new UninitializedParameter(options);
  if (module.bias) module.bias = new UninitializedParameter(options);
  becomePlain<AnyConv>(module, {
    plain,
    sizes: (x) => {
      const { groups } = module;
      const inChannels = x.shape.at(-rank - 1) ?? 0;
      if (x.ndim !== rank + 1 && x.ndim !== rank + 2) {
        const sizes = ['L', 'H, W', 'D, H, W'][rank - 1];
        throw new ShapeError(layer, `the input has shape ${show(x.shape)}. It must be [N, C, ${sizes}] or [C, ${sizes}].`); // prettier-ignore
      }
      if (inChannels === 0 || inChannels % groups !== 0) {
        throw new ValueError(
          layer,
          `the input ${show(x.shape)} has ${inChannels} channels, which cannot be cut into ${groups} groups. Use a multiple of groups.`,
        );
      }
      return { inChannels };
    },
    shape: (name, { inChannels, outChannels, groups, kernelSize }) => {
      if (name === 'bias') return [outChannels];
      const [outer, inner] = isTransposed ? [inChannels, outChannels] : [outChannels, inChannels];
      return [outer, inner / groups, ...kernelSize];
    },
  });
}

/**
 * A Conv1d whose `inChannels` are those of its first input: then it is drawn, and becomes a Conv1d. Until then its parameters are
 * uninitialized, and an optimizer refuses them; loading a state dict gives them a shape, too. Throws ShapeError or ValueError for a
 * first input that does not fit. torch.nn.LazyConv1d
 */
export class LazyConv1d extends Conv1d {
  constructor(outChannels: number, kernelSize: PerDim, options: ConvOptions = {}) {
    super(placeholder(options), outChannels, kernelSize, options);
    makeLazy<Conv1d>(this, Conv1d, false, options);
  }

  /** Nothing yet: the first input draws the parameters. */
  override resetParameters(): void {}
}

/** As LazyConv1d over two dims. torch.nn.LazyConv2d */
export class LazyConv2d extends Conv2d {
  constructor(outChannels: number, kernelSize: PerDim, options: ConvOptions = {}) {
    super(placeholder(options), outChannels, kernelSize, options);
    makeLazy<Conv2d>(this, Conv2d, false, options);
  }

  /** Nothing yet: the first input draws the parameters. */
  override resetParameters(): void {}
}

/** As LazyConv1d over three dims. torch.nn.LazyConv3d */
export class LazyConv3d extends Conv3d {
  constructor(outChannels: number, kernelSize: PerDim, options: ConvOptions = {}) {
    super(placeholder(options), outChannels, kernelSize, options);
    makeLazy<Conv3d>(this, Conv3d, false, options);
  }

  /** Nothing yet: the first input draws the parameters. */
  override resetParameters(): void {}
}

/** As LazyConv1d, a ConvTranspose1d. torch.nn.LazyConvTranspose1d */
export class LazyConvTranspose1d extends ConvTranspose1d {
  constructor(outChannels: number, kernelSize: PerDim, options: ConvTransposeOptions = {}) {
    super(placeholder(options), outChannels, kernelSize, options);
    makeLazy<ConvTranspose1d>(this, ConvTranspose1d, true, options);
  }

  /** Nothing yet: the first input draws the parameters. */
  override resetParameters(): void {}
}

/** As LazyConvTranspose1d over two dims. torch.nn.LazyConvTranspose2d */
export class LazyConvTranspose2d extends ConvTranspose2d {
  constructor(outChannels: number, kernelSize: PerDim, options: ConvTransposeOptions = {}) {
    super(placeholder(options), outChannels, kernelSize, options);
    makeLazy<ConvTranspose2d>(this, ConvTranspose2d, true, options);
  }

  /** Nothing yet: the first input draws the parameters. */
  override resetParameters(): void {}
}

/** As LazyConvTranspose1d over three dims. torch.nn.LazyConvTranspose3d */
export class LazyConvTranspose3d extends ConvTranspose3d {
  constructor(outChannels: number, kernelSize: PerDim, options: ConvTransposeOptions = {}) {
    super(placeholder(options), outChannels, kernelSize, options);
    makeLazy<ConvTranspose3d>(this, ConvTranspose3d, true, options);
  }

  /** Nothing yet: the first input draws the parameters. */
  override resetParameters(): void {}
}
