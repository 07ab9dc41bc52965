// torch.nn.functional under its names: most of it are core's operations.

export {
  avgPool1d, avgPool2d, avgPool3d, celu, conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d, dropout,
  elu, gelu, hardshrink, hardsigmoid, hardswish, hardtanh, leakyRelu, linear, logSoftmax, logsigmoid, maxPool1d, maxPool2d,
  maxPool3d, mish, pad, relu, relu6, selu, sigmoid, silu, softmax, softplus, softshrink, softsign, tanh, tanhshrink, threshold,
} from '@rushlight/core'; // prettier-ignore
export { glu } from './glu.ts';
export { prelu } from './prelu.ts';
