// torch.nn.utils.parametrizations under its names.

export { orthogonal, type OrthogonalMap, type OrthogonalOptions } from './orthogonal.ts';
export { spectralNorm, type SpectralNormOptions } from './spectral-norm.ts';
export { weightNorm, type WeightNormOptions } from './weight-norm.ts';
