import { autograd, manualSeed, ones, randn, tensor, useBackend, zeros } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { mseLoss } from './mse-loss.ts';

beforeAll(() => useBackend(reference()));
beforeEach(() => void manualSeed(0));

test('squares the differences', () => {
  const [input, target] = [tensor([[1, 2], [3, 4]]), tensor([[1, 0], [0, 4]])]; // prettier-ignore
  expect(mseLoss(input, target, { reduction: 'none' }).toArraySync()).toEqual([[0, 4], [9, 0]]); // prettier-ignore
  expect(mseLoss(input, target, { reduction: 'sum' }).itemSync()).toBe(13);
  expect(mseLoss(input, target).itemSync()).toBe(13 / 4);
});

test('an empty mean is NaN', () => {
  expect(mseLoss(zeros([0, 2]), zeros([0, 2])).itemSync()).toBeNaN();
});

test('dtypes are promoted', () => {
  expect(mseLoss(ones([2]), zeros([2], { dtype: 'float64' })).dtype).toBe('float64');
  expect(mseLoss(ones([2]), zeros([2], { dtype: 'int32' })).itemSync()).toBe(1);
});

test('its gradient is that of its formula, for both sides, and the second derivative too', () => {
  const inputs = [0, 1].map(() => randn([2, 3], { dtype: 'float64', requiresGrad: true }));
  for (const reduction of ['mean', 'sum', 'none'] as const) {
    expect(autograd.gradcheck((x, y) => mseLoss(x, y, { reduction }), inputs)).toBe(true);
    expect(autograd.gradgradcheck((x, y) => mseLoss(x, y, { reduction }), inputs)).toBe(true);
  }
});

test('other shapes broadcast, with one warning', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  for (let k = 0; k < 2; k++) expect(mseLoss(ones([2, 1]), zeros([2])).itemSync()).toBe(1);
  expect(warn.mock.calls).toEqual([
    ['mseLoss: the input has shape [2, 1], the target [2]: they are broadcast. Give them one shape.'],
  ]);
  warn.mockRestore();
});

test('refuses what does not fit', () => {
  expect(() => mseLoss(ones([2, 3]), ones([2, 4]))).toThrow('shapes [2, 3] and [2, 4] do not broadcast');
  expect(() => mseLoss(ones([2]).int(), ones([2]).int())).toThrow(
    "mseLoss: the input is int32, the target int32. Convert them with `.to('float32')`.",
  );
  expect(() => mseLoss(ones([2]), ones([2]), { reduction: 'max' as 'sum' })).toThrow(
    "mseLoss: there is no reduction \"max\". Use 'mean', 'sum' or 'none'.",
  );
});
