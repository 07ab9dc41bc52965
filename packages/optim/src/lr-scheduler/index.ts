// What PyTorch has under torch.optim.lr_scheduler.

export { ConstantLR, type ConstantLROptions, type ConstantLRState } from './constant-lr.ts';
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  type CosineAnnealingLRState,
} from './cosine-annealing-lr.ts';
export { ExponentialLR, type ExponentialLRState } from './exponential-lr.ts';
export { LambdaLR, type LambdaLRState, type LRLambda } from './lambda-lr.ts';
export { LinearLR, type LinearLROptions, type LinearLRState } from './linear-lr.ts';
export { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';
export { MultiStepLR, type MultiStepLROptions, type MultiStepLRState } from './multi-step-lr.ts';
export { OneCycleLR, type OneCycleLROptions, type OneCycleLRState } from './one-cycle-lr.ts';
export type { CyclePhase } from './one-cycle-phases.ts';
export type { PerGroup } from './per-group.ts';
export {
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
  type ReduceLROnPlateauState,
} from './reduce-lr-on-plateau.ts';
export { StepLR, type StepLROptions, type StepLRState } from './step-lr.ts';
