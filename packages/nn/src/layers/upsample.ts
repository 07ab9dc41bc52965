import type { PerDim, Tensor } from '@rushlight/core';
import {
  interpolate, optionsOf, type InterpolateMode, type InterpolateOptions, type InterpolateSize,
} from '../functional/interpolate.ts'; // prettier-ignore
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

/** As those of `functional.interpolate`. */
export type UpsampleOptions = Omit<InterpolateOptions, 'antialias'>;

/**
 * Resizes the spatial dims of [N, C, …] to `size` or by `scaleFactor`: `new Upsample([8, 8])`, `new Upsample({ scaleFactor: 2 })`.
 * torch.nn.Upsample
 */
export class Upsample extends Module<[x: Tensor], Tensor> {
  readonly size: PerDim | null;
  readonly scaleFactor: PerDim | null;
  readonly mode: InterpolateMode;
  readonly alignCorners: boolean | null;
  readonly recomputeScaleFactor: boolean | null;

  constructor(size?: InterpolateSize | UpsampleOptions, options?: UpsampleOptions) {
    super();
    const given = optionsOf(size, options);
    this.size = given.size ?? null;
    this.scaleFactor = given.scaleFactor ?? null;
    this.mode = given.mode ?? 'nearest';
    this.alignCorners = given.alignCorners ?? null;
    this.recomputeScaleFactor = given.recomputeScaleFactor ?? null;
  }

  forward(x: Tensor): Tensor {
    const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = this;
    return interpolate(x, { size, scaleFactor, mode, alignCorners, recomputeScaleFactor });
  }

  override extraRepr(): string {
    const { size, scaleFactor, mode } = this;
    return reprOptions({ ...(scaleFactor === null ? { size } : { scaleFactor }), mode });
  }
}

export type UpsamplingOptions = Pick<InterpolateOptions, 'size' | 'scaleFactor'>;

/** Upsample of images [N, C, H, W] in mode 'nearest'. torch.nn.UpsamplingNearest2d */
export class UpsamplingNearest2d extends Upsample {
  constructor(size?: InterpolateSize | UpsamplingOptions, options?: UpsamplingOptions) {
    super({ ...optionsOf(size, options), mode: 'nearest' });
  }
}

/** Upsample of images [N, C, H, W] in mode 'bilinear' with the corners aligned. torch.nn.UpsamplingBilinear2d */
export class UpsamplingBilinear2d extends Upsample {
  constructor(size?: InterpolateSize | UpsamplingOptions, options?: UpsamplingOptions) {
    super({ ...optionsOf(size, options), mode: 'bilinear', alignCorners: true });
  }
}
