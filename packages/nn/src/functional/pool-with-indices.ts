// Pools under the names by which PyTorch gives values and indices whatever `returnIndices` says.

import {
  adaptiveMaxPool1d, adaptiveMaxPool2d, adaptiveMaxPool3d, fractionalMaxPool2d, fractionalMaxPool3d, maxPool1d, maxPool2d,
  maxPool3d, type FractionalMaxPoolOptions, type MaxPoolOptions, type OutputSize, type PerDim, type Tensor,
} from '@rushlight/core'; // prettier-ignore

type Pooled = [output: Tensor, indices: Tensor];
type MaxOptions = Omit<MaxPoolOptions, 'returnIndices'>;
type FractionalOptions = Omit<FractionalMaxPoolOptions, 'returnIndices'>;

/** `maxPool1d` with `returnIndices`. torch.nn.functional.max_pool1d_with_indices */
export function maxPool1dWithIndices(x: Tensor, kernelSize: PerDim, options: MaxOptions = {}): Pooled {
  return maxPool1d(x, kernelSize, { ...options, returnIndices: true });
}

/** `maxPool2d` with `returnIndices`. torch.nn.functional.max_pool2d_with_indices */
export function maxPool2dWithIndices(x: Tensor, kernelSize: PerDim, options: MaxOptions = {}): Pooled {
  return maxPool2d(x, kernelSize, { ...options, returnIndices: true });
}

/** `maxPool3d` with `returnIndices`. torch.nn.functional.max_pool3d_with_indices */
export function maxPool3dWithIndices(x: Tensor, kernelSize: PerDim, options: MaxOptions = {}): Pooled {
  return maxPool3d(x, kernelSize, { ...options, returnIndices: true });
}

/** `adaptiveMaxPool1d` with `returnIndices`. torch.nn.functional.adaptive_max_pool1d_with_indices */
export function adaptiveMaxPool1dWithIndices(x: Tensor, outputSize: OutputSize): Pooled {
  return adaptiveMaxPool1d(x, outputSize, { returnIndices: true });
}

/** `adaptiveMaxPool2d` with `returnIndices`. torch.nn.functional.adaptive_max_pool2d_with_indices */
export function adaptiveMaxPool2dWithIndices(x: Tensor, outputSize: OutputSize): Pooled {
  return adaptiveMaxPool2d(x, outputSize, { returnIndices: true });
}

/** `adaptiveMaxPool3d` with `returnIndices`. torch.nn.functional.adaptive_max_pool3d_with_indices */
export function adaptiveMaxPool3dWithIndices(x: Tensor, outputSize: OutputSize): Pooled {
  return adaptiveMaxPool3d(x, outputSize, { returnIndices: true });
}

/** `fractionalMaxPool2d` with `returnIndices`. torch.nn.functional.fractional_max_pool2d_with_indices */
export function fractionalMaxPool2dWithIndices(x: Tensor, kernelSize: PerDim, options: FractionalOptions): Pooled {
  return fractionalMaxPool2d(x, kernelSize, { ...options, returnIndices: true });
}

/** `fractionalMaxPool3d` with `returnIndices`. torch.nn.functional.fractional_max_pool3d_with_indices */
export function fractionalMaxPool3dWithIndices(x: Tensor, kernelSize: PerDim, options: FractionalOptions): Pooled {
  return fractionalMaxPool3d(x, kernelSize, { ...options, returnIndices: true });
}
