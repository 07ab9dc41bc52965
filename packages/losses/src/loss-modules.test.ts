import { manualSeed, randn, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { Sequential, Linear } from '@rushlight/nn';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { crossEntropy, CrossEntropyLoss } from './cross-entropy.ts';
import { mseLoss, MSELoss } from './mse-loss.ts';
import { nllLoss, NLLLoss } from './nll-loss.ts';

beforeAll(() => useBackend(reference()));
beforeEach(() => void manualSeed(0));

const target = (): Tensor => tensor([1, 0, 2, 2], { dtype: 'int32' });

test('modules compute what the functions do, with their options', () => {
  const x = randn([4, 3]);
  const weight = tensor([1, 2, 0.5]);
  const same = (a: Tensor, b: Tensor): void => expect(a.toArraySync()).toEqual(b.toArraySync());
  same(new CrossEntropyLoss()(x, target()), crossEntropy(x, target()));
  const options = { weight, ignoreIndex: 1, labelSmoothing: 0.2, reduction: 'none' } as const;
  same(new CrossEntropyLoss(options)(x, target()), crossEntropy(x, target(), options));
  const { labelSmoothing: _, ...fewer } = options;
  same(new NLLLoss(fewer)(x, target()), nllLoss(x, target(), fewer));
  same(new MSELoss({ reduction: 'sum' })(x, x.mul(2)), mseLoss(x, x.mul(2), { reduction: 'sum' }));
  expect.assertions(4);
});

test('a weight is state of the module, not a parameter', () => {
  const criterion = new CrossEntropyLoss({ weight: tensor([1, 2, 3]) });
  expect(Object.keys(criterion.stateDict())).toEqual(['weight']);
  expect(criterion.parameters()).toEqual([]);
  expect(Object.keys(new CrossEntropyLoss().stateDict())).toEqual([]);
  expect(String(criterion)).toBe('CrossEntropyLoss()');
});

test('in a training loop the loss falls', () => {
  const model = new Sequential(new Linear(5, 3));
  const criterion = new CrossEntropyLoss();
  const x = randn([4, 5]);
  const losses = Array.from({ length: 20 }, () => {
    const loss = criterion(model(x), target());
    for (const p of model.parameters()) p.grad = null;
    loss.backward();
    for (const p of model.parameters()) p.detach().sub_(p.grad?.mul(0.1) ?? 0);
    return loss.itemSync();
  });
  // The problem is convex and the steps are short: every one goes down.
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  expect(new Set(losses).size).toBe(20);
});
