// The older names of resizing.

import type { Tensor } from '@rushlight/core';
import { interpolate, optionsOf, type InterpolateOptions, type InterpolateSize } from './interpolate.ts';

type Sizes = Pick<InterpolateOptions, 'size' | 'scaleFactor'>;

/** As `interpolate`, to which PyTorch has renamed it. torch.nn.functional.upsample */
export function upsample(
  x: Tensor,
  size?: InterpolateSize | InterpolateOptions,
  options?: Pick<InterpolateOptions, 'scaleFactor' | 'mode' | 'alignCorners'>,
): Tensor {
  return interpolate(x, optionsOf(size, options));
}

/** `interpolate` in mode 'nearest'. torch.nn.functional.upsample_nearest */
export function upsampleNearest(x: Tensor, size?: InterpolateSize | Sizes, options?: Sizes): Tensor {
  return interpolate(x, { ...optionsOf(size, options), mode: 'nearest' });
}

/** `interpolate` in mode 'bilinear' with the corners aligned. torch.nn.functional.upsample_bilinear */
export function upsampleBilinear(x: Tensor, size?: InterpolateSize | Sizes, options?: Sizes): Tensor {
  return interpolate(x, { ...optionsOf(size, options), mode: 'bilinear', alignCorners: true });
}
