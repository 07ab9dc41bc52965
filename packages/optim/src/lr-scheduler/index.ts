// What PyTorch has under torch.optim.lr_scheduler.

export { ChainedScheduler, type ChainedSchedulerState } from './chained-scheduler.ts';
export { ConstantLR, type ConstantLROptions, type ConstantLRState } from './constant-lr.ts';
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  type CosineAnnealingLRState,
} from './cosine-annealing-lr.ts';
export {
  CosineAnnealingWarmRestarts,
  type CosineAnnealingWarmRestartsOptions,
  type CosineAnnealingWarmRestartsState,
} from './cosine-annealing-warm-restarts.ts';
export { CyclicLR, type CyclicLROptions, type CyclicLRState, type CyclicMode } from './cyclic-lr.ts';
export { ExponentialLR, type ExponentialLRState } from './exponential-lr.ts';
export { LambdaLR, type LambdaLRState } from './lambda-lr.ts';
export { LinearLR, type LinearLROptions, type LinearLRState } from './linear-lr.ts';
export type { LRLambda } from './lr-lambda.ts';
export { LRScheduler, type LRSchedulerOptions, type LRSchedulerState, type LRStepOptions } from './lr-scheduler.ts';
export { MultiplicativeLR, type MultiplicativeLRState } from './multiplicative-lr.ts';
export { MultiStepLR, type MultiStepLROptions, type MultiStepLRState } from './multi-step-lr.ts';
export { OneCycleLR, type OneCycleLROptions, type OneCycleLRState } from './one-cycle-lr.ts';
export type { CyclePhase } from './one-cycle-phases.ts';
export type { PerGroup } from './per-group.ts';
export { PolynomialLR, type PolynomialLROptions, type PolynomialLRState } from './polynomial-lr.ts';
export {
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
  type ReduceLROnPlateauState,
} from './reduce-lr-on-plateau.ts';
export type { ListedScheduler } from './scheduler-list.ts';
export { SequentialLR, type SequentialLRState } from './sequential-lr.ts';
export { StepLR, type StepLROptions, type StepLRState } from './step-lr.ts';
