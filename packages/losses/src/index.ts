export { crossEntropy, type CrossEntropyOptions } from './cross-entropy.ts';
export { nllLoss, type NllLossOptions } from './nll-loss.ts';
export type { Reduction, ReductionOptions } from './reduction.ts';
export { mseLoss, type MseLossOptions } from './mse-loss.ts';
