import {
  adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d, adaptiveMaxPool1d, adaptiveMaxPool2d, adaptiveMaxPool3d,
  type AdaptiveMaxPool as AdaptiveMaxPoolOp, type OutputSize, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import type { Pooled } from './max-pool.ts';

const reprOutputSize = (size: OutputSize): string =>
  reprOptions({ outputSize: typeof size === 'number' ? size : size.map(String) });

abstract class AdaptiveAvgPool extends Module<[x: Tensor], Tensor> {
  readonly outputSize: OutputSize;
  readonly #op: typeof adaptiveAvgPool2d;

  constructor(op: typeof adaptiveAvgPool2d, outputSize: OutputSize) {
    super();
    this.outputSize = outputSize;
    this.#op = op;
  }

  forward(x: Tensor): Tensor {
    return this.#op(x, this.outputSize);
  }

  override extraRepr(): string {
    return reprOutputSize(this.outputSize);
  }
}

/**
 * Means of windows that share out the input as evenly as whole numbers can: from [N, C, L] or [C, L] to outputSize elements.
 * torch.nn.AdaptiveAvgPool1d
 */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  constructor(outputSize: OutputSize) {
    super(adaptiveAvgPool1d, outputSize);
  }
}

/** As AdaptiveAvgPool1d over two dims; null keeps the size of a dim. torch.nn.AdaptiveAvgPool2d */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  constructor(outputSize: OutputSize) {
    super(adaptiveAvgPool2d, outputSize);
  }
}

/** As AdaptiveAvgPool1d over three dims; null keeps the size of a dim. torch.nn.AdaptiveAvgPool3d */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  constructor(outputSize: OutputSize) {
    super(adaptiveAvgPool3d, outputSize);
  }
}

export interface AdaptiveMaxPoolOptions<Indices extends boolean = boolean> {
  /** Also return where each value was found. Default false. */
  readonly returnIndices?: Indices;
}

abstract class AdaptiveMaxPool<Indices extends boolean> extends Module<[x: Tensor], Pooled<Indices>> {
  readonly outputSize: OutputSize;
  readonly returnIndices: boolean;
  readonly #op: AdaptiveMaxPoolOp;

  constructor(op: AdaptiveMaxPoolOp, outputSize: OutputSize, options: AdaptiveMaxPoolOptions<Indices>) {
    super();
    this.outputSize = outputSize;
    this.returnIndices = options.returnIndices ?? false;
    this.#op = op;
  }

  forward(x: Tensor): Pooled<Indices> {
    return this.#op(x, this.outputSize, { returnIndices: this.returnIndices }) as Pooled<Indices>;
  }

  override extraRepr(): string {
    return reprOutputSize(this.outputSize);
  }
}

/**
 * The largest of windows that share out the input as evenly as whole numbers can: from [N, C, L] or [C, L] to outputSize
 * elements. torch.nn.AdaptiveMaxPool1d
 */
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  constructor(outputSize: OutputSize, options: AdaptiveMaxPoolOptions<Indices> = {}) {
    super(adaptiveMaxPool1d, outputSize, options);
  }
}

/** As AdaptiveMaxPool1d over two dims; null keeps the size of a dim. torch.nn.AdaptiveMaxPool2d */
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  constructor(outputSize: OutputSize, options: AdaptiveMaxPoolOptions<Indices> = {}) {
    super(adaptiveMaxPool2d, outputSize, options);
  }
}

/** As AdaptiveMaxPool1d over three dims; null keeps the size of a dim. torch.nn.AdaptiveMaxPool3d */
export class AdaptiveMaxPool3d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  constructor(outputSize: OutputSize, options: AdaptiveMaxPoolOptions<Indices> = {}) {
    super(adaptiveMaxPool3d, outputSize, options);
  }
}
