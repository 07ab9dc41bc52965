import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { LossLog } from './loss-log.ts';

beforeAll(() => useBackend(reference()));

test('only losses of settled updates count, whenever they are read', async () => {
  const log = new LossLog();
  const add = (step: number): void => log.add({ loss: tensor(step), samples: 2, step });
  for (const step of [1, 2, 2]) add(step);
  log.settle(1);
  expect(log.samples).toBe(6);
  await log.read();
  expect(log.totals).toEqual({ sum: 2, weight: 2, samples: 2 });
  log.settle(2);
  expect(log.totals).toEqual({ sum: 10, weight: 6, samples: 6 });
  // The third update fails when one of its batches was read and another was not, and is done again.
  add(3);
  await log.read();
  add(3);
  log.drop();
  expect(log.samples).toBe(6);
  add(3);
  log.settle(3);
  await log.read();
  expect([log.totals, log.mean]).toEqual([{ sum: 16, weight: 8, samples: 8 }, 2]);
});

test('the sum is to the last bit the same, whenever losses are read', async () => {
  const losses = [0.1, 0.2, 0.3, 0.7, 1e-9];
  const sums = [1, 2, 5].map(async (every) => {
    const log = new LossLog();
    log.add({ loss: tensor(0.1, { dtype: 'float64' }), samples: 1, step: 1 });
    log.settle(1);
    for (const [k, loss] of losses.entries()) {
      log.add({ loss: tensor(loss, { dtype: 'float64' }), samples: 1, step: 2 });
      if ((k + 1) % every === 0) await log.read();
    }
    log.settle(2);
    await log.read();
    return log.totals.sum;
  });
  const expected = losses.reduce((sum, loss) => sum + loss, 0.1);
  expect(await Promise.all(sums)).toEqual([expected, expected, expected]);
});

test('weights, also as tensors; a weight of 0 takes NaN for nothing', async () => {
  const log = new LossLog();
  log.add({ loss: tensor(2), samples: 5 });
  log.add({ loss: tensor(3), samples: 5, weight: 0.5 });
  log.add({ loss: tensor(4), samples: 5, weight: tensor([3], { dtype: 'int32' }) });
  log.add({ loss: tensor(NaN), samples: 5, weight: tensor(0) });
  expect(await log.read()).toBeUndefined();
  expect(log.totals).toEqual({ sum: 23.5, weight: 8.5, samples: 20 });
});

test.each([NaN, -1, Infinity])('refuses a tensor that says the weight %s', async (weight) => {
  const log = new LossLog();
  log.add({ loss: tensor(1), samples: 5, weight: tensor(weight) });
  await expect(log.read()).rejects.toThrow(`criterion: it gave the weight ${weight}. It must be finite and ≥ 0.`);
});

test('tells the first loss that is not finite', async () => {
  const log = new LossLog();
  [1, Infinity, NaN].forEach((value, k) => log.add({ loss: tensor(value), samples: 1, step: k }));
  expect(await log.read()).toEqual({ step: 1, value: Infinity, isNewest: false });
});

test('who reads while others read gets theirs, too', async () => {
  const log = new LossLog({ settled: 4, totals: { sum: 1, weight: 1, samples: 1 } });
  log.add({ loss: tensor(3), samples: 1 });
  void log.read();
  await log.read();
  expect(log.mean).toBe(2);
});
