// @rushlight/nn: modules and layers, as in torch.nn.

export type { BackwardHook, ForwardHook, ForwardPreHook, HookHandle } from './module/hooks.ts';
export { Module, type PrefixOptions, type RecurseOptions } from './module/module.ts';
export { ModuleError, StateDictError, type SizeMismatch } from './module/module-error.ts';
export type { IncompatibleKeys, StateDict } from './module/state-dict.ts';
export { Parameter, type ParameterOptions } from './parameter.ts';

export { Sequential, type NamedModules } from './containers/sequential.ts';
export { ModuleList } from './containers/module-list.ts';
export { ModuleDict } from './containers/module-dict.ts';
export { ParameterList } from './containers/parameter-list.ts';

export { Linear, type LinearOptions } from './layers/linear.ts';
export { Dropout, type DropoutOptions } from './layers/dropout.ts';
export { Flatten } from './layers/flatten.ts';
export { Unflatten } from './layers/unflatten.ts';
export { Identity } from './layers/identity.ts';
export {
  Conv1d, Conv2d, Conv3d, type ConvOptions, type PaddingMode,
} from './layers/conv.ts'; // prettier-ignore
export {
  ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, type ConvTransposeForwardOptions, type ConvTransposeOptions,
} from './layers/conv-transpose.ts'; // prettier-ignore
export { Embedding, type EmbeddingOptions, type PretrainedOptions } from './layers/embedding.ts';
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormOptions } from './layers/batch-norm.ts';
export {
  AvgPool1d, AvgPool2d, AvgPool3d, type AvgPoolDivisorOptions, type AvgPoolOptions,
} from './layers/avg-pool.ts'; // prettier-ignore
export { LayerNorm, type LayerNormOptions } from './layers/layer-norm.ts';
export {
  MultiheadAttention, type AttentionOptions, type MultiheadAttentionOptions,
} from './layers/multihead-attention.ts'; // prettier-ignore
export { GRU } from './layers/gru.ts';
export { LSTM, type LSTMOptions, type LSTMState } from './layers/lstm.ts';
export { RNN, type RNNNonlinearity, type RNNOptions } from './layers/rnn.ts';
export { GRUCell, LSTMCell, RNNCell, type RNNCellOptions } from './layers/recurrent-cells.ts';
export type { RecurrentCellOptions } from './layers/recurrent-step.ts';
export type { RecurrentOptions } from './layers/recurrent-layer.ts';
export type { HiddenOptions } from './layers/start-states.ts';
export { MaxPool1d, MaxPool2d, MaxPool3d, type MaxPoolOptions } from './layers/max-pool.ts';

export * from './activations/activations.ts';
export { GLU, LogSoftmax, Softmax } from './activations/along-dim.ts';
export { PReLU, type PReLUOptions } from './activations/prelu.ts';
export { Threshold } from './activations/threshold.ts';

export * as functional from './functional/index.ts';
export * as init from './init/index.ts';
