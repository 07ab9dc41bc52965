import { autograd, noGrad, ones, randn, record, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { AvgPool2d, BatchNorm1d, BatchNorm2d, functional as F } from '../index.ts';

beforeAll(() => useBackend(reference()));

const wide = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

test('has right gradients, and right second ones', () => {
  const norm = (x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
    F.batchNorm(x, null, null, { weight, bias, training: true, eps: 0.1 });
  expect(autograd.gradcheck(norm, [wide(2, 2, 3), wide(2), wide(2)])).toBe(true);
  expect(autograd.gradgradcheck(norm, [wide(3, 2), wide(2), wide(2)])).toBe(true);
  const [mean, variance] = [randn([2], { dtype: 'float64' }), ones([2], { dtype: 'float64' })];
  const given = (x: Tensor, weight: Tensor, bias: Tensor): Tensor => F.batchNorm(x, mean, variance, { weight, bias });
  expect(autograd.gradcheck(given, [wide(3, 2, 1, 2), wide(2), wide(2)])).toBe(true);
  expect(autograd.gradgradcheck(given, [wide(3, 2), wide(2), wide(2)])).toBe(true);
});

test('the running ones have no graph, and a recorded step goes on with them', async () => {
  const layer = new BatchNorm1d(1, { momentum: null, affine: false });
  const x = tensor([[1], [3]], { requiresGrad: true }); // prettier-ignore
  const recording = record(() => void layer(x));
  expect(layer.runningMean?.requiresGrad).toBe(false);
  x.detach().mul_(2);
  recording.replay();
  // Means 2 and 4, variances 2 and 8, averaged over both batches.
  expect(await layer.runningMean?.toArray()).toEqual([3]);
  expect(await layer.runningVar?.toArray()).toEqual([5]);
  expect(await layer.numBatchesTracked?.item()).toBe(2);
});

test('a batch is one kernel, what is remembered another and the count a third', () => {
  const [layer, x] = [new BatchNorm2d(3), ones([2, 3, 4, 4])];
  expect(record(() => void layer(x)).programs.length).toBe(3);
  layer.eval();
  expect(record(() => void layer(x)).programs.length).toBe(1);
});

test('a batch leaves nothing behind but its result', () => {
  const [layer, x] = [new BatchNorm2d(3), ones([2, 3, 4, 4])];
  const before = x.device.memory().liveBuffers;
  noGrad(() => layer(x)).dispose();
  expect(x.device.memory().liveBuffers).toBe(before);
});

test('evaluation leaves what is remembered, resetting forgets it', async () => {
  const layer = new BatchNorm2d(1);
  layer(randn([2, 1, 2, 2]));
  layer.eval()(randn([2, 1, 2, 2]));
  expect(await layer.numBatchesTracked?.item()).toBe(1);
  layer.resetParameters();
  const state = Object.values(layer.stateDict());
  expect(await Promise.all(state.map((t) => t.sum().item()))).toEqual([1, 0, 0, 1, 0]);
});

test('converted, it keeps counting in integers', async () => {
  const layer = new BatchNorm1d(2).double();
  expect([layer.runningVar?.dtype, layer.numBatchesTracked?.dtype]).toEqual(['float64', 'int32']);
  expect(layer(ones([2, 2], { dtype: 'float64' })).dtype).toBe('float64');
});

test('says what does not fit', () => {
  expect(() => new BatchNorm1d(2)(ones([2, 3]))).toThrow(
    'BatchNorm1d: the input has shape [2, 3]. It must be [N, 2] or [N, 2, L].',
  );
  expect(() => new BatchNorm2d(2)(ones([2, 2]))).toThrow('BatchNorm2d: the input has shape [2, 2]. It must be [N, 2, H, W].'); // prettier-ignore
  expect(() => new BatchNorm1d(2)(ones([1, 2]))).toThrow(
    'batchNorm: the input [1, 2] has 1 values per channel, which have no variance. In training pass more.',
  );
  expect(() => new BatchNorm1d(2)(ones([0, 2]))).toThrow('has 0 values per channel');
  expect(() => new BatchNorm1d(2)(ones([3, 2], { dtype: 'float64' }))).toThrow(
    "batchNorm: runningMean is float32, the input float64. Convert one with `.to('float64')`.",
  );
  expect(() => new BatchNorm1d(-1)).toThrow('BatchNorm1d: numFeatures is -1.');
  expect(() => F.batchNorm(ones([2, 2]), null, null)).toThrow('batchNorm: outside of training it needs runningMean');
  expect(() => F.batchNorm(ones([2]), null, null, { training: true })).toThrow('It must be [N, C, *].');
  expect(() => F.batchNorm(ones([2, 2]), null, null, { training: true, weight: ones([3]) })).toThrow(
    'batchNorm: weight has shape [3], the input [2, 2]. Give one number per channel: shape [2].',
  );
});

test('prints', () => {
  expect(String(new BatchNorm1d(2, { momentum: null }))).toBe(
    'BatchNorm1d(2, eps=0.00001, momentum=null, affine=true, trackRunningStats=true)',
  );
  expect(String(new AvgPool2d(2, { padding: 1 }))).toBe('AvgPool2d(kernelSize=2, stride=2, padding=1)');
});
