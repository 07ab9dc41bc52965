// Norms and softmax at their edges; all reductions are compared with PyTorch's and by the testkit.

import { expect, test } from 'vitest';
import { ones, tensor, useBackend, zeros } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

await useBackend(checked(reference()));

test('a norm of nothing is 0, whatever the power', () => {
  for (const p of [0, 1, 2, 0.5, -1, Infinity, -Infinity])
    expect(zeros([0, 2]).norm(0, { p }).toArraySync()).toEqual([0, 0]);
});

test('norm refuses what is no power', () => {
  expect(() => ones([2]).norm({ p: 'nuc' as 'fro' })).toThrow("norm: p is nuc. Use a number, ±Infinity or 'fro'.");
  expect(() => ones([2]).norm({ p: NaN })).toThrow('norm: p is NaN.');
});

test('softmax of no dims takes dim 0 alone', () => {
  expect(tensor(3).softmax(-1).itemSync()).toBe(1);
  expect(() => tensor(3).softmax(1)).toThrow('softmax: dim 1 is out of range for a tensor of 0 dims.');
  expect(() => tensor(3).logSoftmax(-2)).toThrow('logSoftmax: dim -2 is out of range');
});
