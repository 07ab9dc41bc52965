export { crossEntropy, type CrossEntropyOptions } from './cross-entropy.ts';
export { nllLoss, type NLLLossOptions } from './nll-loss.ts';
export type { Reduction, ReductionOptions } from './reduction.ts';
export { mseLoss, type MSELossOptions } from './mse-loss.ts';
