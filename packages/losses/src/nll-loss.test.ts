import { autograd, manualSeed, ones, randn, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { crossEntropy } from './cross-entropy.ts';
import { nllLoss } from './nll-loss.ts';

beforeAll(() => useBackend(reference()));
beforeEach(() => void manualSeed(0));

const indices = (data: number[], shape = [data.length]): Tensor => tensor(data, { shape, dtype: 'int32' });

test('picks and weighs what the targets name', () => {
  const input = tensor([[-1, -2], [-3, -4], [-5, -6]]); // prettier-ignore
  const [target, weight] = [indices([1, 0, -100]), tensor([1, 3])];
  expect(nllLoss(input, target, { weight, reduction: 'none' }).toArraySync()).toEqual([6, 3, 0]);
  expect(nllLoss(input, target, { weight, reduction: 'sum' }).itemSync()).toBe(9);
  expect(nllLoss(input, target, { weight }).itemSync()).toBe(9 / 4);
  expect(nllLoss(input, target).itemSync()).toBe(2.5);
});

test('of log-softmax it is cross-entropy', () => {
  const [logits, target] = [randn([3, 4, 2]), indices([0, 3, 1, -100, 2, 2], [3, 2])];
  const weight = tensor([1, 0.5, 2, 4]);
  const a = nllLoss(logits.logSoftmax(1), target, { weight }).itemSync();
  expect(a).toBeCloseTo(crossEntropy(logits, target, { weight }).itemSync(), 5);
});

test('its gradient is that of its formula, and the second derivative too', () => {
  const x = randn([2, 3, 2], { dtype: 'float64', requiresGrad: true });
  const loss = (input: Tensor): Tensor => nllLoss(input.square(), indices([2, -100, 0, 1], [2, 2]));
  expect(autograd.gradcheck(loss, [x])).toBe(true);
  expect(autograd.gradgradcheck(loss, [x])).toBe(true);
});

test('refuses what does not fit', () => {
  const input = randn([2, 3]);
  expect(() => nllLoss(input, indices([0, 3]))).toThrow(
    'nllLoss: target 3 at position 1 is out of range for 3 classes. Use 0 … 2, or -100 for what shall be ignored.',
  );
  expect(() => nllLoss(input, tensor([0, 1]))).toThrow(
    'nllLoss: the target is float32. Class indices are int32 or uint8.',
  );
  expect(() => nllLoss(input, randn([2, 3]))).toThrow(
    'nllLoss: the input has shape [2, 3], the target [2, 3]. Class indices for this input have shape [2].',
  );
  expect(() => nllLoss(input, indices([0, 1]), { weight: ones([2]) })).toThrow('nllLoss: the weight has shape [2]');
  expect(() => nllLoss(input, indices([0, 1]), { reduction: 'max' as 'sum' })).toThrow(
    'nllLoss: there is no reduction "max"',
  );
});
