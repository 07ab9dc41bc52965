// @rushlight/optim: optimizers, learning-rate schedules and gradient clipping.

export { Adadelta, type AdadeltaOptions } from './adadelta.ts';
export { Adagrad, type AdagradOptions } from './adagrad.ts';
export { Adam, AdamW, type AdamOptions } from './adam.ts';
export { Adamax, type AdamaxOptions } from './adamax.ts';
export { ASGD, type ASGDOptions } from './asgd.ts';
export { clipGradNorm_, clipGradsWithNorm_, clipGradValue_, type ClipGradNormOptions } from './clip-grad.ts';
export { GradScaler, type GradScalerOptions, type GradScalerState, type ScaledOptimizer } from './grad-scaler.ts';
export { LBFGS, type LBFGSOptions } from './lbfgs.ts';
export { Lion, type LionOptions } from './lion.ts';
export * as lrScheduler from './lr-scheduler/index.ts';
export { Muon, type MuonOptions } from './muon.ts';
export { NAdam, type NAdamOptions } from './nadam.ts';
export { Optimizer, type ZeroGradOptions } from './optimizer.ts';
export type { GroupOptions, ParamGroup, ParamGroupInput, Params } from './param-group.ts';
export { RAdam, type RAdamOptions } from './radam.ts';
export { RMSprop, type RMSpropOptions } from './rmsprop.ts';
export { Rprop, type RpropOptions } from './rprop.ts';
export { SGD, type SGDOptions } from './sgd.ts';
export type { OptimizerStateDict, ParamState } from './state-dict.ts';
