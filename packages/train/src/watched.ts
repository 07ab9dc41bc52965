// The number by which epochs are compared.

import { ValueError } from '@rushlight/core';
import type { EpochEvent } from './events.ts';

/** Which number of an epoch is watched, and which way it shall go. */
export interface WatchOptions {
  /** `loss`, the name of a metric, or a function. Default `loss`, of the evaluation if there is one, else of the training. */
  readonly monitor?: string | ((event: EpochEvent) => number);
  /**
   * Whether smaller or larger is better. By default what is known of the name: `min` for losses and errors (`loss`, `mae`, `mse`, …), `max` for
   * `accuracy`, `f1`, `r2` and the like. For other names, and for functions, it must be given.
   */
  readonly mode?: 'min' | 'max';
}

/** What is better when smaller, and what is better when larger; in small letters, without what stands between words. */
const known = {
  min: 'loss error mae mse rmse meanabsoluteerror meansquarederror meanloss nll crossentropy perplexity'.split(' '),
  max: 'accuracy acc topkaccuracy top1 top3 top5 precision recall f1 f1score r2 r2score auc auroc iou'.split(' '),
} satisfies Readonly<Record<'min' | 'max', readonly string[]>>;

/** Reads the number that is watched. Throws ValueError where the epoch has none of that name. */
export function watched({ monitor = 'loss' }: WatchOptions, event: EpochEvent): number {
  if (typeof monitor === 'function') return monitor(event);
  const values = event.evaluation ?? { loss: event.loss };
  const value = Object.hasOwn(values, monitor) ? values[monitor] : undefined;
  if (typeof value === 'number') return value;
  throw noNumber(monitor, Object.keys(values).filter((name) => typeof values[name] === 'number')); // prettier-ignore
}

/** Refuses the name of a number that no epoch of these metrics will have; of an evaluation there are none without a loader. */
export function checkMonitor({ monitor = 'loss' }: WatchOptions, metrics: object, isEvaluated: boolean): void {
  const names = ['loss', ...(isEvaluated ? Object.keys(metrics) : [])];
  if (typeof monitor === 'string' && !names.includes(monitor)) throw noNumber(monitor, names);
}

const noNumber = (monitor: string, names: readonly string[]): ValueError =>
  new ValueError('monitor', `an epoch has no number "${monitor}". It has ${names.join(', ')}.`);

/** Which way is better. Throws ValueError where nobody said so and the name does not tell. */
export function modeOf({ monitor = 'loss', mode }: WatchOptions): 'min' | 'max' {
  if (mode === 'min' || mode === 'max') return mode;
  if (mode !== undefined) {
    throw new ValueError('monitor', `mode is ${JSON.stringify(mode)}. Use 'min' or 'max'.`);
  }
  const word = typeof monitor === 'string' ? monitor.toLowerCase().replaceAll(/[^a-z0-9]/g, '') : '';
  if (known.min.includes(word)) return 'min';
  if (known.max.includes(word)) return 'max';
  const what = typeof monitor === 'string' ? `"${monitor}"` : 'what a function gives';
  throw new ValueError(
    'monitor',
    `nothing tells whether ${what} is better when smaller or larger. Pass { mode: 'min' } or { mode: 'max' }. ` +
      `Known are, as min: ${known.min.join(', ')}; as max: ${known.max.join(', ')}.`,
  );
}

/** Whether `value` is better than `best` by more than `minDelta`; NaN never is. */
export const isBetter = (value: number, best: number, mode: 'min' | 'max', minDelta = 0): boolean =>
  mode === 'min' ? value < best - minDelta : value > best + minDelta;

/** What anything is better than. */
export const worstOf = (mode: 'min' | 'max'): number => (mode === 'min' ? Infinity : -Infinity);
