// What PyTorch has under torch.optim.lr_scheduler.

export { LambdaLR, type LambdaLRState, type LRLambda } from './lambda-lr.ts';
export { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';
export { StepLR, type StepLROptions, type StepLRState } from './step-lr.ts';
