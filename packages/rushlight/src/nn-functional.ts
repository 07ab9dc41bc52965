// torch.nn.functional: the functions behind layers and losses.

export * from '@rushlight/nn/functional';
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  huberLoss,
  klDiv,
  l1Loss,
  mseLoss,
  nllLoss,
  smoothL1Loss,
} from '@rushlight/losses';
