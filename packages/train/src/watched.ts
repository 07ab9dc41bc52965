// The number by which epochs are compared.

import { ValueError } from '@rushlight/core';
import type { EpochEvent } from './events.ts';

export interface WatchOptions {
  /** `loss`, the name of a metric, or a function. Default `loss`, of the evaluation if there is one, else of the training. */
  readonly monitor?: string | ((event: EpochEvent) => number);
  /** Whether smaller or larger is better. Default `min` for `loss`, else `max`. */
  readonly mode?: 'min' | 'max';
}

/** Reads the number that is watched. Throws ValueError where the epoch has none of that name. */
export function watched({ monitor = 'loss' }: WatchOptions, event: EpochEvent): number {
  if (typeof monitor === 'function') return monitor(event);
  const values = event.evaluation ?? { loss: event.loss };
  const value = values[monitor];
  if (typeof value === 'number') return value;
  const known = Object.keys(values).filter((name) => typeof values[name] === 'number');
  throw new ValueError('monitor', `an epoch has no number "${monitor}". It has ${known.join(', ')}.`);
}

export const modeOf = ({ monitor = 'loss', mode }: WatchOptions): 'min' | 'max' =>
  mode ?? (monitor === 'loss' ? 'min' : 'max');

/** Whether `value` is better than `best` by more than `minDelta`; NaN never is. */
export const isBetter = (value: number, best: number, mode: 'min' | 'max', minDelta = 0): boolean =>
  mode === 'min' ? value < best - minDelta : value > best + minDelta;

export const worstOf = (mode: 'min' | 'max'): number => (mode === 'min' ? Infinity : -Infinity);
