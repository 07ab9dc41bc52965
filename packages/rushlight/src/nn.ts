// torch.nn: modules, layers and losses, `functional`, `init` and `utils`.

export * from '@rushlight/nn';
export {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MSELoss,
  NLLLoss,
  SmoothL1Loss,
} from '@rushlight/losses';
export * as functional from './nn-functional.ts';
export * as utils from './nn-utils.ts';
