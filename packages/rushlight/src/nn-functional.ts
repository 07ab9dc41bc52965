// torch.nn.functional: the functions behind layers and losses.

export * from '@rushlight/nn/functional';
export { crossEntropy, mseLoss, nllLoss } from '@rushlight/losses';
