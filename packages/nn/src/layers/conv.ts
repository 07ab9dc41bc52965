import { conv1d, conv2d, conv3d, pad, show, ValueError, type PerDim, type Tensor } from '@rushlight/core';
import { ConvNd, perDim, type ConvNdOptions } from './conv-nd.ts';

const paddingModes = ['zeros', 'reflect', 'replicate', 'circular'] as const;

/** What a border holds: zeros, the inside mirrored at its edge, the edge repeated, or the opposite side. */
export type PaddingMode = (typeof paddingModes)[number];

export interface ConvOptions extends ConvNdOptions {
  /** On both ends of each dim; 'same' keeps the size (stride 1 only). Default 0, which is 'valid'. */
  readonly padding?: PerDim | 'same' | 'valid';
  /** Default 'zeros'. */
  readonly paddingMode?: PaddingMode;
}

type ConvOp = typeof conv1d | typeof conv2d | typeof conv3d;

abstract class Conv extends ConvNd<[x: Tensor]> {
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly paddingMode: PaddingMode;
  readonly #op: ConvOp;

  constructor(
    rank: number,
    op: ConvOp,
    inChannels: number,
    outChannels: number,
    kernelSize: PerDim,
    { padding = 0, paddingMode = 'zeros', ...options }: ConvOptions,
  ) {
    super({ rank, isTransposed: false }, inChannels, outChannels, kernelSize, options);
    const layer = this.constructor.name;
    if (typeof padding === 'string' && padding !== 'same' && padding !== 'valid') {
      throw new ValueError(layer, `there is no padding "${String(padding)}". Use numbers, 'same' or 'valid'.`);
    }
    if (padding === 'same' && this.stride.some((n) => n !== 1)) {
      throw new ValueError(layer, `padding 'same' does not go with stride ${show(this.stride)}. Give the padding.`);
    }
    if (!paddingModes.includes(paddingMode)) {
      throw new ValueError(layer, `there is no paddingMode "${String(paddingMode)}". Use ${paddingModes.join(', ')}.`);
    }
    this.padding = typeof padding === 'string' ? padding : perDim(layer, 'padding', padding, rank, 0);
    this.paddingMode = paddingMode;
    this.#op = op;
  }

  forward(x: Tensor): Tensor {
    const { weight, bias, stride, padding, dilation, groups, paddingMode } = this;
    const options = { bias: bias ?? undefined, stride, dilation, groups };
    if (paddingMode === 'zeros') return this.#op(x, weight, { ...options, padding });
    return this.#op(pad(x, this.#border(), { mode: paddingMode }), weight, options);
  }

  /** What `pad` takes: both ends of each dim, the last dim first. */
  #border(): number[] {
    const { padding, kernelSize, dilation } = this;
    const ends = kernelSize.map((size, d): [number, number] => {
      if (typeof padding !== 'string') return [padding[d] ?? 0, padding[d] ?? 0];
      const total = padding === 'same' ? (dilation[d] ?? 1) * (size - 1) : 0;
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
    return ends.reverse().flat();
  }

  override extraRepr(): string {
    return this.repr(this.padding, { paddingMode: this.paddingMode });
  }
}

/**
 * Cross-correlation with learned kernels over one dim: from [N, inChannels, L] or [inChannels, L]; `weight` is
 * [outChannels, inChannels / groups, kernelSize]. Throws ValueError or ShapeError for options that do not fit. torch.nn.Conv1d
 */
export class Conv1d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvOptions = {}) {
    super(1, conv1d, inChannels, outChannels, kernelSize, options);
  }
}

/** As Conv1d over two dims: from [N, inChannels, H, W] or [inChannels, H, W]. torch.nn.Conv2d */
export class Conv2d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvOptions = {}) {
    super(2, conv2d, inChannels, outChannels, kernelSize, options);
  }
}

/** As Conv1d over three dims: from [N, inChannels, D, H, W] or [inChannels, D, H, W]. torch.nn.Conv3d */
export class Conv3d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvOptions = {}) {
    super(3, conv3d, inChannels, outChannels, kernelSize, options);
  }
}
