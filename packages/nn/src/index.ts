// @rushlight/nn: modules and layers, as in torch.nn.

export type {
  BackwardHook, BackwardPreHook, ForwardHook, ForwardHookOptions, ForwardPreHook, HookHandle, HookOptions, LoadStateDictPostHook,
  LoadStateDictPreHook, StateDictHook, StateDictPreHook,
} from './module/hooks.ts'; // prettier-ignore
export {
  registerModuleForwardHook, registerModuleForwardPreHook, registerModuleFullBackwardHook, registerModuleFullBackwardPreHook,
} from './module/global-hooks.ts'; // prettier-ignore
export { Module, type DuplicateOptions, type PrefixOptions, type RecurseOptions } from './module/module.ts';
export { ModuleError, StateDictError, type SizeMismatch } from './module/module-error.ts';
export type { IncompatibleKeys, StateDict, StateDictOptions } from './module/state-dict.ts';
export { Parameter, type ParameterOptions } from './parameter.ts';
export { isLazy } from './is-lazy.ts';
export { UninitializedBuffer, UninitializedParameter, type UninitializedOptions } from './uninitialized.ts';

export { Sequential, type NamedModules } from './containers/sequential.ts';
export { ModuleList } from './containers/module-list.ts';
export { ModuleDict } from './containers/module-dict.ts';
export { ParameterDict } from './containers/parameter-dict.ts';
export { ParameterList } from './containers/parameter-list.ts';

export { Linear, type LinearOptions } from './layers/linear.ts';
export {
  AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout, type DropoutOptions,
} from './layers/dropout.ts'; // prettier-ignore
export { Flatten } from './layers/flatten.ts';
export { Unflatten } from './layers/unflatten.ts';
export { Identity } from './layers/identity.ts';
export {
  Conv1d, Conv2d, Conv3d, type ConvOptions, type PaddingMode,
} from './layers/conv.ts'; // prettier-ignore
export {
  ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, type ConvTransposeForwardOptions, type ConvTransposeOptions,
} from './layers/conv-transpose.ts'; // prettier-ignore
export { Bilinear, type BilinearOptions } from './layers/bilinear.ts';
export { CosineSimilarity, PairwiseDistance, type CosineSimilarityOptions } from './layers/distance.ts';
export type { BagInput, BagMode } from './functional/embedding-bag.ts';
export { EmbeddingBag, type EmbeddingBagOptions, type PretrainedBagOptions } from './layers/embedding-bag.ts';
export { Embedding, type EmbeddingOptions, type PretrainedOptions } from './layers/embedding.ts';
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormOptions } from './layers/batch-norm.ts';
export {
  AvgPool1d, AvgPool2d, AvgPool3d, type AvgPoolDivisorOptions, type AvgPoolOptions,
} from './layers/avg-pool.ts'; // prettier-ignore
export {
  LazyConv1d, LazyConv2d, LazyConv3d, LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d,
} from './layers/lazy-conv.ts'; // prettier-ignore
export { LazyLinear } from './layers/lazy-linear.ts';
export {
  LazyBatchNorm1d, LazyBatchNorm2d, LazyBatchNorm3d, LazyInstanceNorm1d, LazyInstanceNorm2d, LazyInstanceNorm3d,
} from './layers/lazy-norm.ts'; // prettier-ignore
export { LayerNorm, type LayerNormOptions } from './layers/layer-norm.ts';
export { GroupNorm, type GroupNormOptions } from './layers/group-norm.ts';
export {
  InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, type InstanceNormOptions,
} from './layers/instance-norm.ts'; // prettier-ignore
export { CrossMapLRN2d, LocalResponseNorm } from './layers/local-response-norm.ts';
export type { LocalResponseNormOptions } from './functional/local-response-norm.ts';
export { RMSNorm, type RMSNormOptions } from './layers/rms-norm.ts';
export {
  MultiheadAttention, type AttentionOptions, type MultiheadAttentionOptions,
} from './layers/multihead-attention.ts'; // prettier-ignore
export {
  Transformer, type TransformerMasks, type TransformerOptions,
} from './layers/transformer.ts'; // prettier-ignore
export type { CopiedLayer, TransformerActivation, TransformerLayerOptions } from './layers/transformer-block.ts';
export {
  TransformerDecoder, TransformerDecoderLayer, type DecoderLayer, type DecoderMasks, type TransformerDecoderOptions,
} from './layers/transformer-decoder.ts'; // prettier-ignore
export {
  TransformerEncoder, TransformerEncoderLayer, type EncoderLayer, type EncoderLayerMasks, type EncoderMasks,
  type TransformerEncoderOptions,
} from './layers/transformer-encoder.ts'; // prettier-ignore
export { GRU } from './layers/gru.ts';
export { LSTM, type LSTMOptions, type LSTMState } from './layers/lstm.ts';
export { RNN, type RNNNonlinearity, type RNNOptions } from './layers/rnn.ts';
export { GRUCell, LSTMCell, RNNCell, type RNNCellOptions } from './layers/recurrent-cells.ts';
export type { RecurrentCellOptions } from './layers/recurrent-step.ts';
export type { RecurrentOptions } from './layers/recurrent-layer.ts';
export type { HiddenOptions } from './layers/start-states.ts';
export { MaxPool1d, MaxPool2d, MaxPool3d, type MaxPoolOptions } from './layers/max-pool.ts';
export {
  AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d,
  type AdaptiveMaxPoolOptions,
} from './layers/adaptive-pool.ts'; // prettier-ignore
export {
  MaxUnpool1d, MaxUnpool2d, MaxUnpool3d, type MaxUnpoolForwardOptions, type MaxUnpoolOptions,
} from './layers/max-unpool.ts'; // prettier-ignore
export { LPPool1d, LPPool2d, LPPool3d, type LPPoolOptions } from './layers/lp-pool.ts';
export {
  FractionalMaxPool2d, FractionalMaxPool3d, type FractionalMaxPoolOptions,
} from './layers/fractional-max-pool.ts'; // prettier-ignore
export {
  CircularPad1d, CircularPad2d, CircularPad3d, ConstantPad1d, ConstantPad2d, ConstantPad3d, ReflectionPad1d,
  ReflectionPad2d, ReflectionPad3d, ReplicationPad1d, ReplicationPad2d, ReplicationPad3d, ZeroPad1d, ZeroPad2d, ZeroPad3d,
  type Padding,
} from './layers/padding.ts'; // prettier-ignore
export { Fold, Unfold } from './layers/fold.ts';
export { ChannelShuffle, PixelShuffle, PixelUnshuffle } from './layers/shuffle.ts';
export {
  Upsample, UpsamplingBilinear2d, UpsamplingNearest2d, type UpsampleOptions, type UpsamplingOptions,
} from './layers/upsample.ts'; // prettier-ignore

export * from './activations/activations.ts';
export { GLU, LogSoftmax, Softmax, Softmax2d, Softmin } from './activations/along-dim.ts';
export { PReLU, type PReLUOptions } from './activations/prelu.ts';
export { RReLU, type RReLUOptions } from './activations/rrelu.ts';
export { Threshold } from './activations/threshold.ts';

export * as functional from './functional/index.ts';
export * as init from './init/index.ts';
export * as utils from './utils/index.ts';
