// Numbers are PyTorch 1.13's for the same seed: torch.manual_seed(3), x = torch.arange(n).reshape(shape) / 10. What the
// fixtures of packages/conformance hold (Linear, Conv2d, MaxPool2d, …) is not repeated.

import { arange, manualSeed, ones, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import * as nn from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const ramp = (...shape: number[]): Tensor =>
  arange(shape.reduce((a, b) => a * b, 1))
    .float()
    .div(10)
    .reshape(shape);

describe('convolutions in other dims', () => {
  const cases: [build: () => nn.Module<[Tensor], Tensor>, x: number[], shape: number[], first: number[], sum: number][] = [
    [() => new nn.Conv1d(2, 3, 2, { stride: 2, padding: 1 }), [1, 2, 5], [1, 3, 3], [-0.586682, -0.938245, -1.253719, 0.023318], -2.96376],
    [() => new nn.Conv1d(2, 2, 3, { padding: 2, paddingMode: 'circular', dilation: 2 }), [1, 2, 5], [1, 2, 5], [-1.0143, -1.181326, -0.952848], -3.10111],
    [() => new nn.Conv3d(1, 2, [1, 2, 2], { padding: 'same', paddingMode: 'replicate' }), [1, 1, 5, 4, 3], [1, 2, 5, 4, 3], [-0.198487, -0.356224, -0.427214], -248.45815],
    [() => new nn.ConvTranspose1d(2, 4, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }), [1, 2, 5], [1, 4, 10], [-0.285904, -0.32638, -0.318109], -6.00721],
    [() => new nn.ConvTranspose2d(1, 2, 3, { stride: 2 }), [1, 1, 5, 4], [1, 2, 11, 9], [0.163728, 0.163728, 0.140358, 0.145134], 19.3045],
    [() => new nn.ConvTranspose3d(1, 1, 2, { stride: 2, bias: false }), [1, 1, 5, 4, 3], [1, 1, 10, 8, 6], [0, 0, -0.035054, -0.02789], -191.50084],
  ]; // prettier-ignore

  test.each(cases.map(([build, x, shape, first, sum]) => ({ build, x, shape, first, sum })))(
    'case %#: to $shape',
    async ({ build, x, shape, first, sum }) => {
      manualSeed(3);
      const y = build()(ramp(...x));
      expect(y.shape).toEqual(shape);
      const data = await y.data();
      first.forEach((value, k) => expect(data[k]).toBeCloseTo(value, 5));
      expect((await y.sum().item()) / sum).toBeCloseTo(1, 5);
      y.sum().backward();
    },
  );

  test('a transposed one reaches a size that is asked for', () => {
    const layer = new nn.ConvTranspose2d(1, 1, 3, { stride: 3 });
    expect(layer(ones([1, 1, 2, 2]), { outputSize: [7, 8] }).shape).toEqual([1, 1, 7, 8]);
    expect(layer(ones([1, 2, 2]), { outputSize: [1, 6, 6] }).shape).toEqual([1, 6, 6]);
    expect(() => layer(ones([1, 1, 2, 2]), { outputSize: [5, 8] })).toThrow(
      'ConvTranspose2d: [1, 1, 2, 2] does not give the size [5, 8]. Use sizes from [6, 6] to [8, 8].',
    );
    expect(() => layer(ones([1, 1, 2, 2]), { outputSize: [7] })).toThrow('outputSize [7] has 1 sizes. Give 2 or 4.');
  });

  test('options that do not fit are refused', () => {
    expect(() => new nn.Conv2d(3, 4, 3, { groups: 2 })).toThrow(
      'Conv2d: inChannels is 3, which 2 groups do not divide. Use a multiple of groups.',
    );
    expect(() => new nn.Conv2d(4, 3, 3, { groups: 2 })).toThrow('outChannels is 3');
    expect(() => new nn.Conv2d(0, 3, 3)).toThrow('Conv2d: inChannels is 0. It must be an integer ≥ 1.');
    expect(() => new nn.Conv2d(1, 1, [3, 3, 3])).toThrow('Conv2d: kernelSize is [3,3,3]. Give one number, or 2.');
    expect(() => new nn.Conv2d(1, 1, 0)).toThrow('Conv2d: kernelSize is [0, 0]. It must be integers ≥ 1.');
    expect(() => new nn.Conv2d(1, 1, 3, { stride: 1.5 })).toThrow('stride is [1.5, 1.5]');
    expect(() => new nn.Conv2d(1, 1, 3, { padding: -1 })).toThrow('padding is [-1, -1]. It must be integers ≥ 0.');
    expect(() => new nn.Conv2d(1, 1, 3, { padding: 'half' as never })).toThrow('there is no padding "half"');
    expect(() => new nn.Conv2d(1, 1, 3, { padding: 'same', stride: 2 })).toThrow(
      "padding 'same' does not go with stride [2, 2]",
    );
    expect(() => new nn.Conv2d(1, 1, 3, { paddingMode: 'mirror' as never })).toThrow(
      'there is no paddingMode "mirror". Use zeros, reflect, replicate, circular.',
    );
    expect(() => new nn.Conv2d(3, 4, 3)(ones([1, 2, 5, 5]))).toThrow('conv2d: the input [1, 2, 5, 5] has 2 channels');
  });
});

describe('pooling', () => {
  test('in one and three dims', async () => {
    const wave = (...shape: number[]): Tensor => ramp(...shape).mul(10).sin(); // prettier-ignore
    expect(new nn.MaxPool1d(3, { stride: 2 })(wave(1, 1, 7)).shape).toEqual([1, 1, 3]);
    const [values, indices] = new nn.MaxPool3d(2, { returnIndices: true })(wave(1, 1, 2, 4, 4));
    expect(await indices.toArray()).toEqual([[[[[20, 2], [8, 14]]]]]); // prettier-ignore
    expect((await values.data())[3]).toBeCloseTo(0.9906, 4);
  });

  test('has the type that returnIndices asks for', () => {
    expectTypeOf(new nn.MaxPool2d(2)).returns.toEqualTypeOf<Tensor>();
    expectTypeOf(new nn.MaxPool2d(2, { stride: 1 })).returns.toEqualTypeOf<Tensor>();
    expectTypeOf(new nn.MaxPool2d(2, { returnIndices: true })).returns.toEqualTypeOf<
      [output: Tensor, indices: Tensor]
    >();
    expect(new nn.MaxPool2d(2).returnIndices).toBe(false);
  });
});

describe('Linear', () => {
  test('takes dtype and sizes of 0, refuses others', () => {
    const layer = new nn.Linear(2, 3, { dtype: 'float64' });
    expect([layer.weight.dtype, layer.bias?.dtype]).toEqual(['float64', 'float64']);
    expect(new nn.Linear(0, 2)(ones([3, 0])).shape).toEqual([3, 2]);
    expect(new nn.Linear(2, 0)(ones([3, 2])).shape).toEqual([3, 0]);
    expect(() => new nn.Linear(-1, 2)).toThrow('Linear: inFeatures is -1. It must be an integer ≥ 0.');
    expect(() => new nn.Linear(2, 1.5)).toThrow('Linear: outFeatures is 1.5.');
    expect(() => new nn.Linear(3, 2)(ones([1, 2]))).toThrow('linear: the input [1, 2] has 2 features');
  });
});

describe('Dropout', () => {
  test('drops in training only, in place if asked', async () => {
    manualSeed(0);
    const layer = new nn.Dropout({ p: 0.25 });
    const y = await layer(ones([4000])).data();
    expect(new Set(y)).toEqual(new Set([0, Math.fround(4 / 3)]));
    expect(y.filter((v) => v === 0).length / 4000).toBeCloseTo(0.25, 1);
    const x = ones([8]);
    expect(layer.eval()(x)).toBe(x);
    const hasty = new nn.Dropout({ inplace: true });
    expect(hasty(x)).toBe(x);
    expect(await x.eq(1).sum().item()).toBe(0);
    expect(hasty.eval()(x)).toBe(x);
    expect(() => new nn.Dropout({ p: 1.5 })).toThrow('Dropout: the probability is 1.5. It must lie in [0, 1].');
  });
});

test('Flatten and Unflatten undo each other, Identity does nothing', () => {
  const x = zeros([2, 3, 4]);
  expect(new nn.Unflatten(1, [3, -1])(new nn.Flatten()(x)).shape).toEqual([2, 3, 4]);
  expect(new nn.Identity(54, { unused: true })(x)).toBe(x);
});
