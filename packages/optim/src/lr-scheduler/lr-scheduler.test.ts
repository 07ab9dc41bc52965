import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { SGD } from '../sgd.ts';
import { LambdaLR } from './lambda-lr.ts';
import { StepLR } from './step-lr.ts';
import type { LRScheduler } from './lr-scheduler.ts';

beforeAll(() => useBackend(reference()));

const twoGroups = (): SGD => new SGD([{ params: tensor([1]) }, { params: tensor([1]), lr: 0.5 }], { lr: 1 });

function rates(scheduler: LRScheduler, epochs: number): number[][] {
  return Array.from({ length: epochs }, () => {
    const now = scheduler.getLastLr();
    expect(scheduler.optimizer.paramGroups.map(({ lr }) => lr)).toEqual(now);
    scheduler.step();
    return now;
  });
}

test('StepLR multiplies every so often', () => {
  const scheduler = new StepLR(twoGroups(), 2, { gamma: 0.5 });
  expect(rates(scheduler, 5)).toEqual([[1, 0.5], [1, 0.5], [0.5, 0.25], [0.5, 0.25], [0.25, 0.125]]); // prettier-ignore
});

test('StepLR goes on from a learning rate that was changed in between', () => {
  const optimizer = twoGroups();
  const scheduler = new StepLR(optimizer, 1, { gamma: 0.5 });
  for (const group of optimizer.paramGroups) group.lr = 8;
  scheduler.step();
  expect(scheduler.getLastLr()).toEqual([4, 4]);
});

test('LambdaLR multiplies what it began with, by one function or by one for each group', () => {
  expect(rates(new LambdaLR(twoGroups(), (epoch) => 1 / (1 + epoch)), 3)).toEqual([[1, 0.5], [0.5, 0.25], [1 / 3, 0.5 / 3]]); // prettier-ignore
  expect(rates(new LambdaLR(twoGroups(), [() => 2, (epoch) => epoch]), 3)).toEqual([[2, 0], [2, 0.5], [2, 1]]); // prettier-ignore
});

test("state dicts, the optimizer's too, let a schedule go on", () => {
  const optimizer = twoGroups();
  const scheduler = new StepLR(optimizer, 2, { gamma: 0.5 });
  rates(scheduler, 3);
  expect(scheduler.stateDict()).toEqual({
    step_size: 2, gamma: 0.5, base_lrs: [1, 0.5], last_epoch: 3, _step_count: 4, _last_lr: [0.5, 0.25],
  }); // prettier-ignore
  expect(optimizer.stateDict().param_groups[0]).toMatchObject({ lr: 0.5, initial_lr: 1 });

  const loaded = twoGroups();
  const next = new StepLR(loaded, 7);
  loaded.loadStateDict(optimizer.stateDict());
  next.loadStateDict(scheduler.stateDict());
  expect(next.getLastLr()).toEqual([0.5, 0.25]);
  expect(rates(next, 3)).toEqual(rates(scheduler, 3));

  const resumed = twoGroups();
  resumed.loadStateDict(optimizer.stateDict());
  expect(new LambdaLR(resumed, (epoch) => epoch, { lastEpoch: 3 }).getLastLr()).toEqual([4, 2]);
  expect(new LambdaLR(twoGroups(), () => 1).stateDict().lr_lambdas).toEqual([null, null]);
});

test('refusals', () => {
  expect(() => new StepLR(twoGroups(), 0)).toThrow('StepLR: stepSize is 0. It must be an integer ≥ 1.');
  expect(() => new LambdaLR(twoGroups(), [() => 1])).toThrow(
    'LambdaLR: there are 1 functions for 2 parameter groups. Give one for all, or one for each.',
  );
  expect(() => new StepLR(twoGroups(), 1, { lastEpoch: 3 })).toThrow(
    "LRScheduler: group 0 has no initialLr to go on from after epoch 3. Load the optimizer's state dict first, or leave lastEpoch out.",
  );
});
