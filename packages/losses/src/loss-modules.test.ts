import { manualSeed, ones, rand, randn, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { Sequential, Linear } from '@rushlight/nn';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { binaryCrossEntropyWithLogits, BCEWithLogitsLoss } from './binary-cross-entropy-with-logits.ts';
import { binaryCrossEntropy, BCELoss } from './binary-cross-entropy.ts';
import { crossEntropy, CrossEntropyLoss } from './cross-entropy.ts';
import { huberLoss, HuberLoss } from './huber-loss.ts';
import { klDiv, KLDivLoss } from './kl-div.ts';
import { l1Loss, L1Loss } from './l1-loss.ts';
import { mseLoss, MSELoss } from './mse-loss.ts';
import { nllLoss, NLLLoss } from './nll-loss.ts';
import { smoothL1Loss, SmoothL1Loss } from './smooth-l1-loss.ts';

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

test('so do those of single elements', () => {
  const [x, y] = [rand([4, 3]), rand([4, 3])];
  const [weight, posWeight, reduction] = [rand([3]), rand([4, 1]), 'none'] as const;
  const same = (a: Tensor, b: Tensor): void => expect(a.toArraySync()).toEqual(b.toArraySync());
  same(new L1Loss()(x, y), l1Loss(x, y));
  same(new L1Loss({ reduction })(x, y), l1Loss(x, y, { reduction }));
  same(new SmoothL1Loss()(x, y), smoothL1Loss(x, y));
  same(new SmoothL1Loss({ beta: 0.2, reduction })(x, y), smoothL1Loss(x, y, { beta: 0.2, reduction }));
  same(new HuberLoss()(x, y), huberLoss(x, y));
  same(new HuberLoss({ delta: 0.2, reduction })(x, y), huberLoss(x, y, { delta: 0.2, reduction }));
  same(new BCELoss()(x, y), binaryCrossEntropy(x, y));
  same(new BCELoss({ weight, reduction })(x, y), binaryCrossEntropy(x, y, { weight, reduction }));
  same(new BCEWithLogitsLoss()(x, y), binaryCrossEntropyWithLogits(x, y));
  const options = { weight, posWeight, reduction };
  same(new BCEWithLogitsLoss(options)(x, y), binaryCrossEntropyWithLogits(x, y, options));
  same(new KLDivLoss({ reduction })(x, y), klDiv(x, y, { reduction }));
  const logs = { reduction: 'batchmean', logTarget: true } as const;
  same(new KLDivLoss(logs)(x, y), klDiv(x, y, logs));
  expect.assertions(12);
});

test('a weight is state of the module, not a parameter', () => {
  const criterion = new CrossEntropyLoss({ weight: tensor([1, 2, 3]) });
  expect(Object.keys(criterion.stateDict())).toEqual(['weight']);
  expect(criterion.parameters()).toEqual([]);
  expect(Object.keys(new CrossEntropyLoss().stateDict())).toEqual([]);
  expect(String(criterion)).toBe('CrossEntropyLoss()');
  expect(Object.keys(new BCELoss({ weight: ones([1]) }).stateDict())).toEqual(['weight']);
  const binary = new BCEWithLogitsLoss({ weight: ones([1]), posWeight: ones([1]) });
  expect(Object.keys(binary.stateDict())).toEqual(['weight', 'pos_weight']);
  expect(binary.to('float64').posWeight?.dtype).toBe('float64');
  expect(binary.parameters()).toEqual([]);
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
