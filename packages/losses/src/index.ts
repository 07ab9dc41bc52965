// @rushlight/losses: loss functions, and the same as modules.

export { crossEntropy, CrossEntropyLoss, type CrossEntropyOptions } from './cross-entropy.ts';
export { mseLoss, MSELoss, type MSELossOptions } from './mse-loss.ts';
export { nllLoss, NLLLoss, type NLLLossOptions } from './nll-loss.ts';
export type { Reduction, ReductionOptions } from './reduction.ts';
