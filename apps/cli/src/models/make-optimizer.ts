import { optim, type train } from 'rushlight';
import type { Settings } from '../config/fields.ts';
import type { Model } from './built-in.ts';

export interface OptimizerSettings extends Settings {
  readonly lr: number;
  readonly optimizer: NonNullable<Settings['optimizer']>;
}

export function makeOptimizer(
  model: Model,
  { optimizer, lr, momentum, weightDecay }: OptimizerSettings,
): optim.Optimizer {
  const parameters = model.parameters();
  const options = { lr, ...(weightDecay !== undefined && { weightDecay }) };
  switch (optimizer) {
    case 'sgd':
      return new optim.SGD(parameters, { ...options, ...(momentum !== undefined && { momentum }) });
    case 'adam':
      return new optim.Adam(parameters, options);
    case 'adamw':
      return new optim.AdamW(parameters, options);
    case 'adadelta':
      return new optim.Adadelta(parameters, options);
  }
}

type Schedule = Pick<train.TrainerOptions, 'scheduler' | 'scheduleBy'>;

/** The schedule that a name stands for, over so many epochs of so many updates. */
export function makeSchedule(
  name: NonNullable<Settings['scheduler']>,
  optimizer: optim.Optimizer,
  { lr, epochs, updates, mode }: { lr: number; epochs: number; updates: number; mode: 'min' | 'max' },
): Schedule {
  const { CosineAnnealingLR, ExponentialLR, OneCycleLR, ReduceLROnPlateau, StepLR } = optim.lrScheduler;
  switch (name) {
    case 'none':
      return {};
    case 'step':
      // Large steps first, small ones at the end: the last epoch is then the best, or near it.
      return { scheduler: new StepLR(optimizer, 1, { gamma: 0.7 }) };
    case 'exponential':
      return { scheduler: new ExponentialLR(optimizer, 0.95) };
    case 'cosine':
      return { scheduler: new CosineAnnealingLR(optimizer, epochs * updates), scheduleBy: 'step' };
    case 'onecycle':
      return { scheduler: new OneCycleLR(optimizer, lr, { totalSteps: epochs * updates + 1 }), scheduleBy: 'step' };
    case 'plateau':
      return { scheduler: new ReduceLROnPlateau(optimizer, { mode, patience: 3, factor: 0.3 }) };
  }
}
