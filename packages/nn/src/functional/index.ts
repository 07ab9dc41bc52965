// torch.nn.functional under its names: most of it are core's operations.

export {
  adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d, adaptiveMaxPool1d, adaptiveMaxPool2d, adaptiveMaxPool3d,
  avgPool1d, avgPool2d, avgPool3d, celu, conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d,
  dropout, elu, gelu, hardshrink, hardsigmoid, hardswish, hardtanh, leakyRelu, linear, logsigmoid, logSoftmax,
  maxPool1d, maxPool2d, maxPool3d, mish, oneHot, pad, prelu, relu, relu6, selu, sigmoid, silu, softmax, softplus,
  softshrink, softsign, tanh, tanhshrink, threshold,
} from '@rushlight/core'; // prettier-ignore
export {
  channelShuffle, col2im as fold, fractionalMaxPool2d, fractionalMaxPool3d, im2col as unfold, maxUnpool1d, maxUnpool2d,
  maxUnpool3d, pixelShuffle, pixelUnshuffle, type FoldOptions, type FractionalMaxPoolOptions, type MaxUnpoolOptions,
} from '@rushlight/core'; // prettier-ignore
export { affineGrid, type AffineGridOptions } from './affine-grid.ts';
export { gridSample, type GridSampleOptions } from './grid-sample.ts';
export {
  interpolate, type InterpolateMode, type InterpolateOptions, type InterpolateSize,
} from './interpolate.ts'; // prettier-ignore
export {
  adaptiveMaxPool1dWithIndices, adaptiveMaxPool2dWithIndices, adaptiveMaxPool3dWithIndices, fractionalMaxPool2dWithIndices,
  fractionalMaxPool3dWithIndices, maxPool1dWithIndices, maxPool2dWithIndices, maxPool3dWithIndices,
} from './pool-with-indices.ts'; // prettier-ignore
export { upsample, upsampleBilinear, upsampleNearest } from './upsample.ts';
export { lpPool1d, lpPool2d, lpPool3d, type LPPoolOptions } from './lp-pool.ts';
export {
  alphaDropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout, rrelu, rrelu_, type RReLUOptions,
} from '@rushlight/core'; // prettier-ignore
export {
  celu_, elu_, hardtanh_, leakyRelu_, relu_, selu_, threshold_,
} from './inplace-activations.ts'; // prettier-ignore
export {
  cosineSimilarity, pairwiseDistance, pdist, type CosineSimilarityOptions, type PairwiseDistanceOptions,
} from '@rushlight/core'; // prettier-ignore
export { bilinear, type BilinearOptions } from './bilinear.ts';
export { normalize, type NormalizeOptions } from './unit-norm.ts';
export { gumbelSoftmax, type GumbelSoftmaxOptions } from './gumbel-softmax.ts';
export { softmin } from './softmin.ts';
export { layerNorm, type LayerNormOptions } from './layer-norm.ts';
export { batchNorm, type BatchNormOptions } from './batch-norm.ts';
export { embedding, type EmbeddingOptions } from './embedding.ts';
export { embeddingBag, type BagInput, type BagMode, type EmbeddingBagOptions } from './embedding-bag.ts';
export { glu } from './glu.ts';
export { groupNorm, type GroupNormOptions } from './group-norm.ts';
export { instanceNorm, type InstanceNormOptions } from './instance-norm.ts';
export { localResponseNorm, type LocalResponseNormOptions } from './local-response-norm.ts';
export { rmsNorm, type RMSNormOptions } from './rms-norm.ts';
export {
  scaledDotProductAttention, type ScaledDotProductAttentionOptions,
} from './scaled-dot-product-attention.ts'; // prettier-ignore
