// torch.nn.utils under its names.

export {
  fuseConvBnEval, fuseConvBnWeights, fuseLinearBnEval, fuseLinearBnWeights, type FuseConvOptions,
} from './fusion.ts'; // prettier-ignore
export * as parametrizations from './parametrize/parametrizations.ts';
export * as parametrize from './parametrize/index.ts';
export { parametersToVector, vectorToParameters } from './parameter-vector.ts';
export * as prune from './prune/index.ts';
export * as rnn from './rnn.ts';
export { skipInit } from './skip-init.ts';
export * as stateless from './stateless.ts';
export { removeSpectralNorm, spectralNorm } from './spectral-norm.ts';
export { getTotalNorm, type TotalNormOptions } from './total-norm.ts';
export { removeWeightNorm, weightNorm } from './weight-norm.ts';
