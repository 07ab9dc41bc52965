import { autograd, manualSeed, ones, randn, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { crossEntropy } from './cross-entropy.ts';
import { klDiv } from './kl-div.ts';

beforeAll(() => useBackend(reference()));
beforeEach(() => void manualSeed(0));

const wide = (shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

test("'mean' is seldom what is meant, and says so once", () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  for (let k = 0; k < 2; k++) expect(klDiv(zeros([2, 2]), ones([2, 2])).itemSync()).toBe(0);
  expect(warn.mock.calls).toEqual([
    [
      "klDiv: the reduction 'mean' divides by the number of elements. Use 'batchmean' for the divergence of a sample, on average.",
    ],
  ]);
  warn.mockRestore();
});

test('with the entropy of the target it is cross-entropy', () => {
  const [logits, target] = [randn([4, 3]), randn([4, 3]).softmax(1)];
  const entropy = target.mul(target.log()).sum().div(-4).itemSync();
  const divergence = klDiv(logits.logSoftmax(1), target, { reduction: 'batchmean' }).itemSync();
  expect(divergence + entropy).toBeCloseTo(crossEntropy(logits, target).itemSync(), 5);
  expect(divergence).toBeGreaterThan(0);
});

test('a target may hold logarithms', () => {
  const [x, target] = [randn([4, 3]).logSoftmax(1), randn([4, 3]).logSoftmax(1)];
  for (const reduction of ['batchmean', 'sum', 'mean'] as const) {
    const plain = klDiv(x, target.exp(), { reduction }).itemSync();
    expect(klDiv(x, target, { reduction, logTarget: true }).itemSync()).toBeCloseTo(plain, 5);
  }
});

test('batchmean divides by the first dim of the input, whatever the target is broadcast to', () => {
  const target = tensor([0.5, 0.5]);
  expect(klDiv(zeros([4, 2]), target, { reduction: 'batchmean' }).itemSync()).toBeCloseTo(-Math.LN2, 5);
  expect(klDiv(tensor(0), tensor(0.5), { reduction: 'batchmean' }).itemSync()).toBeCloseTo(-Math.LN2 / 2, 5);
  expect(klDiv(zeros([0, 2]), zeros([0, 2]), { reduction: 'batchmean' }).itemSync()).toBeNaN();
});

test('a target of 0 counts for nothing', () => {
  const x = tensor([-1, -2], { requiresGrad: true });
  const loss = klDiv(x, tensor([0, 1]), { reduction: 'sum' });
  loss.backward();
  expect(loss.itemSync()).toBe(2);
  expect(x.grad?.toArraySync()).toEqual([-0, -1]);
});

test('its gradient is that of its formula, for both sides, and the second derivative too', () => {
  for (const reduction of ['batchmean', 'mean', 'sum', 'none'] as const) {
    for (const logTarget of [false, true]) {
      const loss = (x: Tensor, t: Tensor): Tensor => klDiv(x, logTarget ? t : t.sigmoid(), { reduction, logTarget });
      const inputs = [wide([2, 3]), wide([3])];
      expect(autograd.gradcheck(loss, inputs)).toBe(true);
      expect(autograd.gradgradcheck(loss, inputs)).toBe(true);
    }
  }
});

test('refuses what does not fit', () => {
  expect(() => klDiv(ones([2]), ones([3]))).toThrow('klDiv: shapes [2] and [3] do not broadcast');
  expect(() => klDiv(ones([2]).int(), ones([2]).int())).toThrow(
    "klDiv: the input is int32, the target int32. Convert them with `.to('float32')`.",
  );
  expect(() => klDiv(ones([2]), ones([2]), { reduction: 'max' as 'sum' })).toThrow(
    "klDiv: there is no reduction \"max\". Use 'mean', 'batchmean', 'sum' or 'none'.",
  );
});
