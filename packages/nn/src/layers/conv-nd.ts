// What all convolutional layers share: options checked, parameters made, printing.

import { empty, ShapeError, show, ValueError, type PerDim, type Tensor } from '@rushlight/core';
import { resetLikeLinear } from '../init/reset-like-linear.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface ConvNdOptions extends LayerOptions {
  /** Default 1. */
  readonly stride?: PerDim;
  /** The distance of the kernel's elements. Default 1. */
  readonly dilation?: PerDim;
  /** Channels are cut into so many parts, each with kernels of its own. Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/** How many spatial dims, and which of the channels come first in the weight. */
export interface ConvKind {
  readonly rank: number;
  readonly isTransposed: boolean;
}

/** One integer for each of `rank` dims. */
export function perDim(layer: string, name: string, value: PerDim, rank: number, least: number): readonly number[] {
  const all = typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
  if (!Array.isArray(all) || all.length !== rank) {
    throw new ShapeError(layer, `${name} is ${JSON.stringify(value)}. Give one number, or ${rank}.`);
  }
  if (all.some((n) => !Number.isInteger(n) || n < least)) {
    throw new ValueError(layer, `${name} is ${show(all)}. It must be integers ≥ ${least}.`);
  }
  return all;
}

export abstract class ConvNd<Args extends readonly unknown[]> extends Module<Args, Tensor> {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    { rank, isTransposed }: ConvKind,
    inChannels: number,
    outChannels: number,
    kernelSize: PerDim,
    { stride = 1, dilation = 1, groups = 1, bias = true, device, dtype }: ConvNdOptions,
  ) {
    super();
    const layer = this.constructor.name;
    for (const [name, count] of Object.entries({ inChannels, outChannels, groups })) {
      checkCount(layer, name, count, 1);
      if (count % groups === 0) continue;
      throw new ValueError(
        layer,
        `${name} is ${count}, which ${groups} groups do not divide. Use a multiple of groups.`,
      );
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = perDim(layer, 'kernelSize', kernelSize, rank, 1);
    this.stride = perDim(layer, 'stride', stride, rank, 1);
    this.dilation = perDim(layer, 'dilation', dilation, rank, 1);
    this.groups = groups;
    const made = { ...(device && { device }), ...(dtype && { dtype }) };
    const [outer, inner] = isTransposed ? [inChannels, outChannels] : [outChannels, inChannels];
    this.weight = new Parameter(empty([outer, inner / groups, ...this.kernelSize], made));
    this.bias = bias ? new Parameter(empty([outChannels], made)) : null;
    this.resetParameters();
  }

  /** Draws the parameters anew, from ±1/√fanIn. */
  resetParameters(): void {
    resetLikeLinear(this.weight, this.bias);
  }

  /** The options that are not as usual, in PyTorch's order. */
  protected repr(padding: unknown, special: { outputPadding?: readonly number[]; paddingMode?: string }): string {
    const { inChannels, outChannels, kernelSize, stride, dilation, groups, bias } = this;
    const { outputPadding, paddingMode } = special;
    const isNot = (usual: number, value: unknown): boolean => !Array.isArray(value) || value.some((n) => n !== usual);
    const options = {
      kernelSize,
      stride,
      ...(isNot(0, padding) && { padding }),
      ...(isNot(1, dilation) && { dilation }),
      ...(outputPadding && isNot(0, outputPadding) && { outputPadding }),
      ...(groups !== 1 && { groups }),
      ...(!bias && { bias: false }),
      ...(paddingMode && paddingMode !== 'zeros' && { paddingMode }),
    };
    return `${inChannels}, ${outChannels}, ${reprOptions(options)}`;
  }
}
