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

export interface ScheduleSettings extends Settings {
  readonly scheduler: NonNullable<Settings['scheduler']>;
  readonly lr: number;
  readonly epochs: number;
}

/** The schedule of a run of `epochs` times `updates` updates; what is watched grows as the model gets better. */
export function makeSchedule(
  { scheduler, lr, epochs, stepSize = 1, gamma }: ScheduleSettings,
  optimizer: optim.Optimizer,
  updates: number,
): Schedule {
  const { CosineAnnealingLR, ExponentialLR, OneCycleLR, ReduceLROnPlateau, StepLR } = optim.lrScheduler;
  switch (scheduler) {
    case 'none':
      return {};
    case 'step':
      // Large steps first, small ones at the end: the last epoch is then the best, or near it.
      return { scheduler: new StepLR(optimizer, stepSize, { gamma: gamma ?? 0.7 }) };
    case 'exponential':
      return { scheduler: new ExponentialLR(optimizer, gamma ?? 0.95) };
    case 'cosine':
      return { scheduler: new CosineAnnealingLR(optimizer, epochs * updates), scheduleBy: 'step' };
    case 'onecycle':
      return { scheduler: new OneCycleLR(optimizer, lr, { totalSteps: epochs * updates + 1 }), scheduleBy: 'step' };
    case 'plateau':
      return { scheduler: new ReduceLROnPlateau(optimizer, { mode: 'max', patience: 3, factor: 0.3 }) };
  }
}

/** Whether a schedule is made for a number of epochs, and cannot go on after them. */
export const hasLength = (scheduler: ScheduleSettings['scheduler']): boolean =>
  scheduler === 'cosine' || scheduler === 'onecycle';
