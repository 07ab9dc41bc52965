// torch.nn.functional under its names: most of it are core's operations.

export {
  adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d, adaptiveMaxPool1d, adaptiveMaxPool2d, adaptiveMaxPool3d,
  avgPool1d, avgPool2d, avgPool3d, celu, conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d,
  dropout, elu, gelu, hardshrink, hardsigmoid, hardswish, hardtanh, leakyRelu, linear, logsigmoid, logSoftmax,
  maxPool1d, maxPool2d, maxPool3d, mish, oneHot, pad, relu, relu6, selu, sigmoid, silu, softmax, softplus,
  softshrink, softsign, tanh, tanhshrink, threshold,
} from '@rushlight/core'; // prettier-ignore
export { layerNorm, type LayerNormOptions } from './layer-norm.ts';
export { batchNorm, type BatchNormOptions } from './batch-norm.ts';
export { embedding, type EmbeddingOptions } from './embedding.ts';
export { glu } from './glu.ts';
export {
  scaledDotProductAttention, type ScaledDotProductAttentionOptions,
} from './scaled-dot-product-attention.ts'; // prettier-ignore
export { prelu } from './prelu.ts';
