// torch.nn.utils.

export { clipGradNorm_, clipGradValue_ } from '@rushlight/optim';
