import {
  convTranspose1d, convTranspose2d, convTranspose3d, ShapeError, show, ValueError, type PerDim, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { ConvNd, perDim, type ConvNdOptions } from './conv-nd.ts';

export interface ConvTransposeOptions extends ConvNdOptions {
  /** Cut off on both ends of each dim of the result. Default 0. */
  readonly padding?: PerDim;
  /** Added at the end of each dim of the result: a stride maps several sizes to one. Default 0. */
  readonly outputPadding?: PerDim;
  /** There is no other: nothing is read beyond the border. */
  readonly paddingMode?: 'zeros';
}

export interface ConvTransposeForwardOptions {
  /** The size that the result shall have, instead of what `outputPadding` gives: spatial, or the whole shape. */
  readonly outputSize?: readonly number[];
}

type ConvTransposeOp = typeof convTranspose1d | typeof convTranspose2d | typeof convTranspose3d;

abstract class ConvTranspose extends ConvNd<[x: Tensor, options?: ConvTransposeForwardOptions]> {
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly #op: ConvTransposeOp;

  constructor(
    rank: number,
    op: ConvTransposeOp,
    inChannels: number,
    outChannels: number,
    kernelSize: PerDim,
    { padding = 0, outputPadding = 0, paddingMode = 'zeros', ...options }: ConvTransposeOptions,
  ) {
    super({ rank, isTransposed: true }, inChannels, outChannels, kernelSize, options);
    if (paddingMode !== 'zeros')
      throw new ValueError(this.constructor.name, `there is no paddingMode "${String(paddingMode)}". Use 'zeros'.`);
    this.padding = perDim(this.constructor.name, 'padding', padding, rank, 0);
    this.outputPadding = perDim(this.constructor.name, 'outputPadding', outputPadding, rank, 0);
    this.#op = op;
  }

  forward(x: Tensor, { outputSize }: ConvTransposeForwardOptions = {}): Tensor {
    const { weight, bias, stride, padding, dilation, groups } = this;
    const outputPadding = outputSize ? this.#paddingFor(x, outputSize) : this.outputPadding;
    return this.#op(x, weight, { bias: bias ?? undefined, stride, padding, outputPadding, dilation, groups });
  }

  #paddingFor(x: Tensor, outputSize: readonly number[]): number[] {
    const { kernelSize, stride, padding, dilation } = this;
    const layer = this.constructor.name;
    const rank = kernelSize.length;
    const sizes = outputSize.length === x.shape.length ? outputSize.slice(-rank) : outputSize;
    if (sizes.length !== rank) {
      throw new ShapeError(
        layer,
        `outputSize ${show(outputSize)} has ${outputSize.length} sizes. Give ${rank} or ${x.shape.length}.`,
      );
    }
    const from = x.shape.slice(-rank).map((n, d) => {
      const reach = (dilation[d] ?? 1) * ((kernelSize[d] ?? 1) - 1) + 1;
      return (n - 1) * (stride[d] ?? 1) - 2 * (padding[d] ?? 0) + reach;
    });
    const to = from.map((n, d) => n + (stride[d] ?? 1) - 1);
    if (sizes.some((n, d) => n < (from[d] ?? 0) || n > (to[d] ?? 0))) {
      throw new ValueError(
        layer,
        `${show(x.shape)} does not give the size ${show(sizes)}. Use sizes from ${show(from)} to ${show(to)}.`,
      );
    }
    return sizes.map((n, d) => n - (from[d] ?? 0));
  }

  override extraRepr(): string {
    return this.repr(this.padding, { outputPadding: this.outputPadding });
  }
}

/**
 * The adjoint of Conv1d, which enlarges: from [N, inChannels, L] or [inChannels, L]; `weight` is
 * [inChannels, outChannels / groups, kernelSize]. torch.nn.ConvTranspose1d
 */
export class ConvTranspose1d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvTransposeOptions = {}) {
    super(1, convTranspose1d, inChannels, outChannels, kernelSize, options);
  }
}

/** As ConvTranspose1d over two dims. torch.nn.ConvTranspose2d */
export class ConvTranspose2d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvTransposeOptions = {}) {
    super(2, convTranspose2d, inChannels, outChannels, kernelSize, options);
  }
}

/** As ConvTranspose1d over three dims. torch.nn.ConvTranspose3d */
export class ConvTranspose3d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: PerDim, options: ConvTransposeOptions = {}) {
    super(3, convTranspose3d, inChannels, outChannels, kernelSize, options);
  }
}
