import { manualSeed, ones, rand, randn, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { Sequential, Linear } from '@rushlight/nn';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { binaryCrossEntropyWithLogits, BCEWithLogitsLoss } from './binary-cross-entropy-with-logits.ts';
import { binaryCrossEntropy, BCELoss } from './binary-cross-entropy.ts';
import { cosineEmbeddingLoss, CosineEmbeddingLoss } from './cosine-embedding-loss.ts';
import { crossEntropy, CrossEntropyLoss } from './cross-entropy.ts';
import { gaussianNllLoss, GaussianNLLLoss } from './gaussian-nll-loss.ts';
import { hingeEmbeddingLoss, HingeEmbeddingLoss } from './hinge-embedding-loss.ts';
import { huberLoss, HuberLoss } from './huber-loss.ts';
import { klDiv, KLDivLoss } from './kl-div.ts';
import { l1Loss, L1Loss } from './l1-loss.ts';
import { marginRankingLoss, MarginRankingLoss } from './margin-ranking-loss.ts';
import { mseLoss, MSELoss } from './mse-loss.ts';
import { multiMarginLoss, MultiMarginLoss } from './multi-margin-loss.ts';
import { multilabelMarginLoss, MultiLabelMarginLoss } from './multilabel-margin-loss.ts';
import { multilabelSoftMarginLoss, MultiLabelSoftMarginLoss } from './multilabel-soft-margin-loss.ts';
import { nllLoss, NLLLoss } from './nll-loss.ts';
import { poissonNllLoss, PoissonNLLLoss } from './poisson-nll-loss.ts';
import { smoothL1Loss, SmoothL1Loss } from './smooth-l1-loss.ts';
import { softMarginLoss, SoftMarginLoss } from './soft-margin-loss.ts';
import { tripletMarginLoss, TripletMarginLoss } from './triplet-margin-loss.ts';
import { tripletMarginWithDistanceLoss, TripletMarginWithDistanceLoss } from './triplet-margin-with-distance-loss.ts';

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

test('so do those of margins, embeddings and likelihoods', () => {
  const [x, y, z] = [rand([4, 3]), rand([4, 3]), rand([4, 3])];
  const signs = tensor([1, -1, 1, -1]);
  const [weight, reduction, margin] = [rand([3]), 'none', 0.3] as const;
  const labels = target().unsqueeze(1).expand([4, 3]);
  const same = (a: Tensor, b: Tensor): void => expect(a.toArraySync()).toEqual(b.toArraySync());
  same(new SoftMarginLoss()(x, y), softMarginLoss(x, y));
  same(new SoftMarginLoss({ reduction })(x, y), softMarginLoss(x, y, { reduction }));
  same(new HingeEmbeddingLoss()(x, y), hingeEmbeddingLoss(x, y));
  same(new HingeEmbeddingLoss({ margin, reduction })(x, y), hingeEmbeddingLoss(x, y, { margin, reduction }));
  same(new MarginRankingLoss()(x, y, z), marginRankingLoss(x, y, z));
  same(new MarginRankingLoss({ margin, reduction })(x, y, z), marginRankingLoss(x, y, z, { margin, reduction }));
  same(new MultiMarginLoss()(x, target()), multiMarginLoss(x, target()));
  const multi = { p: 2, margin, weight, reduction } as const;
  same(new MultiMarginLoss(multi)(x, target()), multiMarginLoss(x, target(), multi));
  same(new MultiLabelMarginLoss()(x, labels), multilabelMarginLoss(x, labels));
  same(new MultiLabelMarginLoss({ reduction })(x, labels), multilabelMarginLoss(x, labels, { reduction }));
  same(new MultiLabelSoftMarginLoss()(x, y), multilabelSoftMarginLoss(x, y));
  const soft = { weight, reduction };
  same(new MultiLabelSoftMarginLoss(soft)(x, y), multilabelSoftMarginLoss(x, y, soft));
  same(new CosineEmbeddingLoss()(x, y, signs), cosineEmbeddingLoss(x, y, signs));
  same(
    new CosineEmbeddingLoss({ margin, reduction })(x, y, signs),
    cosineEmbeddingLoss(x, y, signs, { margin, reduction }),
  );
  same(new TripletMarginLoss()(x, y, z), tripletMarginLoss(x, y, z));
  const triplet = { margin, p: 3, eps: 0.1, swap: true, reduction } as const;
  same(new TripletMarginLoss(triplet)(x, y, z), tripletMarginLoss(x, y, z, triplet));
  same(new TripletMarginWithDistanceLoss()(x, y, z), tripletMarginWithDistanceLoss(x, y, z));
  const distance = { distanceFunction: (a: Tensor, b: Tensor) => a.mul(b).sum(1), swap: true, margin, reduction };
  same(new TripletMarginWithDistanceLoss(distance)(x, y, z), tripletMarginWithDistanceLoss(x, y, z, distance));
  same(new PoissonNLLLoss()(x, y), poissonNllLoss(x, y));
  const poisson = { logInput: false, full: true, eps: 0.1, reduction } as const;
  same(new PoissonNLLLoss(poisson)(x, y.mul(9)), poissonNllLoss(x, y.mul(9), poisson));
  same(new GaussianNLLLoss()(x, y, z), gaussianNllLoss(x, y, z));
  const gaussian = { full: true, eps: 0.5, reduction } as const;
  same(new GaussianNLLLoss(gaussian)(x, y, z), gaussianNllLoss(x, y, z, gaussian));
  expect.assertions(22);
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
  for (const module of [
    new MultiMarginLoss({ weight: ones([2]) }),
    new MultiLabelSoftMarginLoss({ weight: ones([2]) }),
  ])
    expect(Object.keys(module.stateDict())).toEqual(['weight']);
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
