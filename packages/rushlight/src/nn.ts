// torch.nn: modules, layers and losses, `functional`, `init` and `utils`.

export * from '@rushlight/nn';
export {
  AdaptiveLogSoftmaxWithLoss,
  BCELoss,
  BCEWithLogitsLoss,
  CTCLoss,
  CosineEmbeddingLoss,
  CrossEntropyLoss,
  GaussianNLLLoss,
  HingeEmbeddingLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MSELoss,
  MarginRankingLoss,
  MultiLabelMarginLoss,
  MultiLabelSoftMarginLoss,
  MultiMarginLoss,
  NLLLoss,
  PoissonNLLLoss,
  SmoothL1Loss,
  SoftMarginLoss,
  TripletMarginLoss,
  TripletMarginWithDistanceLoss,
} from '@rushlight/losses';
export * as functional from './nn-functional.ts';
export * as utils from './nn-utils.ts';
