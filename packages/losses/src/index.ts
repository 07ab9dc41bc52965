// @rushlight/losses: loss functions, and the same as modules.

export {
  AdaptiveLogSoftmaxWithLoss,
  type AdaptiveLogSoftmaxOutput,
  type AdaptiveLogSoftmaxWithLossOptions,
} from './adaptive-log-softmax-with-loss.ts';
export {
  binaryCrossEntropyWithLogits,
  BCEWithLogitsLoss,
  type BCEWithLogitsLossOptions,
} from './binary-cross-entropy-with-logits.ts';
export { binaryCrossEntropy, BCELoss, type BCELossOptions } from './binary-cross-entropy.ts';
export { cosineEmbeddingLoss, CosineEmbeddingLoss, type CosineEmbeddingLossOptions } from './cosine-embedding-loss.ts';
export { crossEntropy, CrossEntropyLoss, type CrossEntropyOptions } from './cross-entropy.ts';
export { ctcLoss, CTCLoss, type CTCLengths, type CTCLossOptions } from './ctc-loss.ts';
export { gaussianNllLoss, GaussianNLLLoss, type GaussianNLLLossOptions } from './gaussian-nll-loss.ts';
export { hingeEmbeddingLoss, HingeEmbeddingLoss, type HingeEmbeddingLossOptions } from './hinge-embedding-loss.ts';
export { huberLoss, HuberLoss, type HuberLossOptions } from './huber-loss.ts';
export { klDiv, KLDivLoss, type KLDivLossOptions, type KLDivReduction } from './kl-div.ts';
export { l1Loss, L1Loss, type L1LossOptions } from './l1-loss.ts';
export { marginRankingLoss, MarginRankingLoss, type MarginRankingLossOptions } from './margin-ranking-loss.ts';
export { mseLoss, MSELoss, type MSELossOptions } from './mse-loss.ts';
export { multiMarginLoss, MultiMarginLoss, type MultiMarginLossOptions } from './multi-margin-loss.ts';
export {
  multilabelMarginLoss,
  MultiLabelMarginLoss,
  type MultiLabelMarginLossOptions,
} from './multilabel-margin-loss.ts';
export {
  multilabelSoftMarginLoss,
  MultiLabelSoftMarginLoss,
  type MultiLabelSoftMarginLossOptions,
} from './multilabel-soft-margin-loss.ts';
export { nllLoss, NLLLoss, type NLLLossOptions } from './nll-loss.ts';
export { poissonNllLoss, PoissonNLLLoss, type PoissonNLLLossOptions } from './poisson-nll-loss.ts';
export type { Reduction, ReductionOptions } from './reduction.ts';
export { smoothL1Loss, SmoothL1Loss, type SmoothL1LossOptions } from './smooth-l1-loss.ts';
export { softMarginLoss, SoftMarginLoss, type SoftMarginLossOptions } from './soft-margin-loss.ts';
export type { DistanceFunction } from './triplet-hinge.ts';
export { tripletMarginLoss, TripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss.ts';
export {
  tripletMarginWithDistanceLoss,
  TripletMarginWithDistanceLoss,
  type TripletMarginWithDistanceLossOptions,
} from './triplet-margin-with-distance-loss.ts';
