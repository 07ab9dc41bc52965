// torch.nn.utils.

import { utils } from '@rushlight/nn';

export { clipGradNorm_, clipGradValue_ } from '@rushlight/optim';
export const {
  fuseConvBnEval,
  fuseConvBnWeights,
  fuseLinearBnEval,
  fuseLinearBnWeights,
  getTotalNorm,
  parametersToVector,
  parametrizations,
  parametrize,
  prune,
  removeSpectralNorm,
  removeWeightNorm,
  rnn,
  skipInit,
  spectralNorm,
  vectorToParameters,
  weightNorm,
} = utils;
