// @rushlight/optim: optimizers, learning-rate schedules and gradient clipping.

export { Adadelta, type AdadeltaOptions } from './adadelta.ts';
export { Adam, AdamW, type AdamOptions } from './adam.ts';
export { clipGradNorm_, clipGradValue_, type ClipGradNormOptions } from './clip-grad.ts';
export * as lrScheduler from './lr-scheduler/index.ts';
export { Optimizer, type ZeroGradOptions } from './optimizer.ts';
export type { GroupOptions, ParamGroup, ParamGroupInput, Params } from './param-group.ts';
export { SGD, type SGDOptions } from './sgd.ts';
export type { OptimizerStateDict, ParamState } from './state-dict.ts';
