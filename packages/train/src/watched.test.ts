import { describe, expect, test } from 'vitest';
import { EarlyStopping } from './callbacks/early-stopping.ts';
import type { EpochEvent } from './events.ts';
import type { Trainer } from './trainer.ts';
import { checkMonitor, isBetter, modeOf, watched } from './watched.ts';

const epoch = (evaluation: EpochEvent['evaluation']): EpochEvent => ({
  kind: 'epoch', epoch: 1, step: 5, loss: 0.5, evaluation, lr: [0.1], isBest: false, seconds: 1,
}); // prettier-ignore

describe('which way is better follows from the name', () => {
  test.each(['loss', 'mae', 'mse', 'MAE', 'RMSE', 'meanAbsoluteError', 'mean_squared_error', 'perplexity'])('%s: min', (monitor) => {
    expect(modeOf({ monitor })).toBe('min');
  }); // prettier-ignore

  test.each(['accuracy', 'f1', 'F1Score', 'r2', 'R2_score', 'top5', 'precision', 'recall'])('%s: max', (monitor) => {
    expect(modeOf({ monitor })).toBe('max');
  });

  test('what is said goes before what is known', () => {
    expect(modeOf({ monitor: 'loss', mode: 'max' })).toBe('max');
    expect(modeOf({ monitor: () => 1, mode: 'min' })).toBe('min');
    expect(modeOf({})).toBe('min');
  });

  test('of others it must be said', () => {
    expect(() => modeOf({ monitor: 'gini' })).toThrow(
      'monitor: nothing tells whether "gini" is better when smaller or larger. ' +
        "Pass { mode: 'min' } or { mode: 'max' }. Known are, as min: loss, error, mae,",
    );
    expect(() => modeOf({ monitor: () => 1 })).toThrow('nothing tells whether what a function gives is better');
    expect(() => new EarlyStopping({ monitor: 'gini' })).toThrow('as max: accuracy, acc,');
    expect(() => modeOf({ mode: 'most' as never })).toThrow(`monitor: mode is "most". Use 'min' or 'max'.`);
  });
});

test('what is watched is a number of the epoch', () => {
  expect(watched({}, epoch(undefined))).toBe(0.5);
  expect(watched({ monitor: 'mae' }, epoch({ loss: 1, mae: 2 }))).toBe(2);
  expect(watched({ monitor: ({ loss }) => -loss }, epoch({ loss: 1 }))).toBe(-0.5);
  for (const monitor of ['recall', 'confusion', 'toString']) {
    expect(() => watched({ monitor }, epoch({ loss: 1, confusion: [[1]] }))).toThrow(
      `monitor: an epoch has no number "${monitor}". It has loss.`,
    );
  }
  expect(() => checkMonitor({ monitor: 'mae' }, { mae: {} }, true)).not.toThrow();
  expect(() => checkMonitor({ monitor: 'mae' }, { mae: {} }, false)).toThrow('no number "mae". It has loss.');
});

test('NaN is never better', () => {
  expect([isBetter(NaN, 1, 'min'), isBetter(1, NaN, 'max'), isBetter(NaN, Infinity, 'min')]).toEqual([false, false, false]); // prettier-ignore
});

test('EarlyStopping watches what falls', () => {
  const stopped: string[] = [];
  const trainer = { options: {}, stop: (reason: string) => void stopped.push(reason) } as unknown as Trainer;
  const stopping = new EarlyStopping({ monitor: 'mae', patience: 2 });
  for (const mae of [3, 2, 1]) stopping.onEpoch(epoch({ loss: 1, mae }), trainer);
  expect([stopping.best, stopping.waited, stopped]).toEqual([1, 0, []]);
  for (const mae of [1.5, 1]) stopping.onEpoch(epoch({ loss: 1, mae }), trainer);
  expect(stopped).toEqual(['mae has not improved on 1 for 2 epochs']);
});
