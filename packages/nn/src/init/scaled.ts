// Initialisers whose width follows from the size of the layer, so that signals neither die nor explode.

import type { Tensor } from '@rushlight/core';
import { calculateGain, type Nonlinearity } from './calculate-gain.ts';
import { fanOf, fansOf, type FanMode } from './fans.ts';
import { normal_, uniform_ } from './fill.ts';

export interface XavierOptions {
  /** A factor, see calculateGain. Default 1. */
  readonly gain?: number;
}

function xavierStd(op: string, w: Tensor, gain: number): number {
  const { fanIn, fanOut } = fansOf(op, w);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Uniform in ±gain·√(6 / (fanIn + fanOut)). Throws ShapeError below 2 dims. X. Glorot & Y. Bengio, 2010.
 * torch.nn.init.xavier_uniform_
 */
export function xavierUniform_<T extends Tensor>(w: T, { gain = 1 }: XavierOptions = {}): T {
  const bound = Math.sqrt(3) * xavierStd('xavierUniform_', w, gain);
  return uniform_(w, { a: -bound, b: bound });
}

/** Normal with std gain·√(2 / (fanIn + fanOut)). Throws ShapeError below 2 dims. torch.nn.init.xavier_normal_ */
export function xavierNormal_<T extends Tensor>(w: T, { gain = 1 }: XavierOptions = {}): T {
  return normal_(w, { std: xavierStd('xavierNormal_', w, gain) });
}

export interface KaimingOptions {
  /** The slope of the leaky ReLU that follows. Default 0. */
  readonly a?: number;
  /** Default 'fan_in'. */
  readonly mode?: FanMode;
  /** Default 'leaky_relu'. */
  readonly nonlinearity?: Nonlinearity;
}

function kaimingStd(op: string, w: Tensor, options: KaimingOptions): number {
  const { a = 0, mode = 'fan_in', nonlinearity = 'leaky_relu' } = options;
  return calculateGain(nonlinearity, { param: a }) / Math.sqrt(fanOf(op, w, mode));
}

/**
 * Uniform in ±gain·√(3 / fan). Throws ShapeError below 2 dims, ValueError for an unknown mode or non-linearity. K. He et al.,
 * https://arxiv.org/abs/1502.01852. torch.nn.init.kaiming_uniform_
 */
export function kaimingUniform_<T extends Tensor>(w: T, options: KaimingOptions = {}): T {
  if (w.numel() === 0) return w;
  const bound = Math.sqrt(3) * kaimingStd('kaimingUniform_', w, options);
  return uniform_(w, { a: -bound, b: bound });
}

/** Normal with std gain / √fan. Throws as kaimingUniform_. torch.nn.init.kaiming_normal_ */
export function kaimingNormal_<T extends Tensor>(w: T, options: KaimingOptions = {}): T {
  return w.numel() === 0 ? w : normal_(w, { std: kaimingStd('kaimingNormal_', w, options) });
}
