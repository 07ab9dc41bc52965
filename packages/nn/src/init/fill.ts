// Initialisers that fill with a rule or with plain draws. All change their tensor in place, outside of gradients, and return it.

import { noGrad, tensor, type Tensor } from '@rushlight/core';
import { isInitSkipped } from './skipped.ts';

export interface UniformOptions {
  /** Default 0. */
  readonly a?: number;
  /** Default 1. */
  readonly b?: number;
}

/** Uniform in [a, b). torch.nn.init.uniform_ */
export function uniform_<T extends Tensor>(w: T, { a = 0, b = 1 }: UniformOptions = {}): T {
  if (!isInitSkipped()) noGrad(() => w.uniform_({ from: a, to: b }));
  return w;
}

export interface NormalOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Default 1. */
  readonly std?: number;
}

/** Normal. torch.nn.init.normal_ */
export function normal_<T extends Tensor>(w: T, { mean = 0, std = 1 }: NormalOptions = {}): T {
  if (!isInitSkipped()) noGrad(() => w.normal_({ mean, std }));
  return w;
}

/** Every element `value`. torch.nn.init.constant_ */
export function constant_<T extends Tensor>(w: T, value: number): T {
  if (!isInitSkipped()) noGrad(() => w.fill_(value));
  return w;
}

/** Every element 1. torch.nn.init.ones_ */
export function ones_<T extends Tensor>(w: T): T {
  return constant_(w, 1);
}

/** Every element 0. torch.nn.init.zeros_ */
export function zeros_<T extends Tensor>(w: T): T {
  return constant_(w, 0);
}

/** @internal Overwrites `w` with host numbers, row-major, rounded to its dtype. */
export function write<T extends Tensor>(w: T, values: ArrayLike<number>): T {
  if (isInitSkipped()) return w;
  const source = tensor(Float64Array.from(values), { dtype: w.dtype, shape: w.shape, device: w.device });
  noGrad(() => w.copy_(source));
  source.dispose();
  return w;
}
