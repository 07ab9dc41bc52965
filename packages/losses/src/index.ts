// @rushlight/losses: loss functions, and the same as modules.

export {
  binaryCrossEntropyWithLogits,
  BCEWithLogitsLoss,
  type BCEWithLogitsLossOptions,
} from './binary-cross-entropy-with-logits.ts';
export { binaryCrossEntropy, BCELoss, type BCELossOptions } from './binary-cross-entropy.ts';
export { crossEntropy, CrossEntropyLoss, type CrossEntropyOptions } from './cross-entropy.ts';
export { huberLoss, HuberLoss, type HuberLossOptions } from './huber-loss.ts';
export { klDiv, KLDivLoss, type KLDivLossOptions, type KLDivReduction } from './kl-div.ts';
export { l1Loss, L1Loss, type L1LossOptions } from './l1-loss.ts';
export { mseLoss, MSELoss, type MSELossOptions } from './mse-loss.ts';
export { nllLoss, NLLLoss, type NLLLossOptions } from './nll-loss.ts';
export type { Reduction, ReductionOptions } from './reduction.ts';
export { smoothL1Loss, SmoothL1Loss, type SmoothL1LossOptions } from './smooth-l1-loss.ts';
