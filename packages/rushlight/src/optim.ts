// torch.optim: optimizers, `lrScheduler` and `swaUtils`.

export * from '@rushlight/optim';
export * as swaUtils from '@rushlight/optim/swa-utils';
