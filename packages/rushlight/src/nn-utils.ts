// torch.nn.utils.

export { clipGradNorm_, clipGradsWithNorm_, clipGradValue_ } from '@rushlight/optim';
export * from '@rushlight/nn/utils';
