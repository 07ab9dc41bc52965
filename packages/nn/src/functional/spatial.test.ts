// What the fixtures of packages/conformance do not say: messages, second gradients that PyTorch lacks, draws, memory, printing.

import { autograd, defaultDevice, manualSeed, memory, ones, randn, tensor, useBackend, zeros, type Tensor } from '@rushlight/core'; // prettier-ignore
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import * as nn from '../index.ts';

const F = nn.functional;

beforeAll(async () => {
  await useBackend(reference());
  manualSeed(6);
});

describe('errors name what was given and what would fit', () => {
  const image = (): Tensor => zeros([1, 2, 3, 4]);
  const cases: [run: () => unknown, message: string][] = [
    [() => F.unfold(image(), 5), 'unfold: no window of [5, 5] fits an image of [3, 4]: there would be [-1, 0] windows. Use a smaller kernel or a larger image.'],
    [() => F.fold(zeros([1, 9, 6]), [3, 4], 2), 'fold: the input [1, 9, 6] has columns of 9, which windows of [2, 2] do not divide. Give a multiple of 4.'],
    [() => F.fold(zeros([1, 8, 7]), [3, 4], 2), 'fold: the input [1, 8, 7] has 7 columns, an image of [3, 4] has 6 windows. Make them equal.'],
    [() => F.maxUnpool2d(zeros([1, 1, 2, 2]), zeros([1, 1, 2, 2], { dtype: 'int32' }), 2, { outputSize: [7, 4] }), 'maxUnpool2d: outputSize [7, 4] does not pool to [2, 2]. Use sizes from [3, 3] to [5, 5].'],
    [() => F.maxUnpool1d(ones([1, 1]), tensor([[2]], { dtype: 'int32' }), 2), 'maxUnpool1d: index 2 at position [0, 0, 0] is out of range for dim 2 of size 2. Use 0 … 1.'],
    [() => F.fractionalMaxPool2d(image(), 2, { outputSize: 3 }), 'fractionalMaxPool2d: windows of [2, 2] do not give [3, 3] of the input [1, 2, 3, 4]. Use outputSize + kernelSize − 1 up to the input\'s size.'],
    [() => F.fractionalMaxPool2d(image(), 2, { outputRatio: 0.3 }), 'fractionalMaxPool2d: outputRatio [0.3, 0.3] makes [0, 1] of [3, 4]. Give one number, or 2, that leave something.'],
    [() => F.fractionalMaxPool2d(image(), 1, { outputRatio: [0.5, 0.5, 0.5] }), 'fractionalMaxPool2d: outputRatio [0.5, 0.5, 0.5] makes [1, 2] of [3, 4]. Give one number, or 2, that leave something.'],
    [() => F.lpPool2d(image(), 2, 5), 'lpPool2d: no window of [5, 5] fits the input [1, 2, 3, 4]: the result would have sizes [0, 0]. Use a smaller kernel or a larger input.'],
    [() => F.lpPool3d(image().squeeze(0), 2, 2), 'lpPool3d: the input [2, 3, 4] has 3 dims. It takes [N, C, …] or [C, …] with 3 more.'],
    [() => F.lpPool1d(zeros([1, 4]), 0, 2), 'lpPool1d: normType is 0. Use a number other than 0.'],
    [() => new nn.FractionalMaxPool2d(2), 'FractionalMaxPool2d: there is neither outputSize nor outputRatio. Give one of them.'],
    [() => new nn.ReflectionPad2d([1, 2]), 'ReflectionPad2d: padding [1, 2] has 2 numbers. Give one, or 4.'],
    [() => new nn.ReplicationPad1d(1)(zeros([3])), 'ReplicationPad1d: the input [3] has 1 dims. It takes [N, C, …] or [C, …] with 1 more.'],
    [() => F.pixelShuffle(image(), 2), 'pixelShuffle: the input [1, 2, 3, 4] has 2 channels, which 2² does not divide. Use a multiple of 4.'],
    [() => F.interpolate(image(), 3, { mode: 'linear' }), "interpolate: the input [1, 2, 3, 4] does not fit mode 'linear'. It takes [N, C, …] with 1 spatial dims."],
    [() => F.interpolate(image(), { scaleFactor: 0.2 }), 'interpolate: the input [1, 2, 3, 4] cannot be made [0, 0]. Channels and sizes, before and after, must be positive integers.'],
    [() => F.interpolate(image(), [2, 1.5], { mode: 'area' }), 'interpolate: the input [1, 2, 3, 4] cannot be made [2, 1.5]. Channels and sizes, before and after, must be positive integers.'],
    [() => F.interpolate(zeros([1, 2, 0, 4]), 2, { mode: 'area' }), 'interpolate: the input [1, 2, 0, 4] cannot be made [2, 2]. Channels and sizes, before and after, must be positive integers.'],
    [() => F.interpolate(image().int(), 3, { mode: 'bilinear' }), "interpolate: mode 'bilinear' is for floats, not int32. Convert with `.to('float32')`."],
    [() => F.gridSample(image(), zeros([2, 2, 2, 2])), 'gridSample: the input [1, 2, 3, 4] and the grid [2, 2, 2, 2] have different batch sizes. Make them equal.'],
    [() => F.affineGrid(zeros([1, 2, 3]), [1, 1, 2.5, 3]), 'affineGrid: the size is [1, 1, 2.5, 3]. Every number must be a positive integer.'],
    [() => F.affineGrid(zeros([1, 2, 3]), [2, 1, 3, 3]), 'affineGrid: theta [1, 2, 3] does not fit the size [2, 1, 3, 3]. Use [N, 2, 3] for [N, C, H, W], or [N, 3, 4] for [N, C, D, H, W].'],
  ]; // prettier-ignore

  test.each(cases)('%#', (run, message) => {
    expect(run).toThrow(message);
  });
});

test('a grid has second gradients, which PyTorch lacks', () => {
  const x = randn([1, 1, 3, 3], { dtype: 'float64', requiresGrad: true });
  const grid = tensor([[[[-0.4, 0.15], [0.55, -0.7]]]], { dtype: 'float64', requiresGrad: true }); // prettier-ignore
  for (const mode of ['bilinear', 'bicubic'] as const) {
    const sample = (image: Tensor, at: Tensor): Tensor => F.gridSample(image, at, { mode, paddingMode: 'border' });
    expect(autograd.gradcheck(sample, [x, grid])).toBe(true);
    expect(autograd.gradgradcheck(sample, [x, grid])).toBe(true);
  }
});

test('what is not recorded leaves nothing behind', () => {
  const x = ones([1, 2, 4, 4]);
  const grid = zeros([1, 2, 2, 2]);
  const theta = ones([1, 2, 3]);
  const count = (): number => memory()[defaultDevice().name]?.liveBuffers ?? Number.NaN;
  for (const run of [
    () => F.interpolate(x, 7, { mode: 'bicubic' }),
    () => F.gridSample(x, grid),
    () => F.fractionalMaxPool2d(x, 2, { outputSize: 2 }),
    () => F.lpPool2d(x, 2, 2),
    () => F.affineGrid(theta, [1, 1, 2, 2]),
    () => F.avgPool2d(x, 3, { padding: 1, countIncludePad: false }),
    () => F.adaptiveMaxPool2d(x, 3),
    () => F.pad(x, [1, 1, 2, 0], { mode: 'reflect' }),
  ]) {
    const before = count();
    run();
    expect(count() - before).toBe(1);
  }
});

test('what backward has gone through leaves nothing behind', () => {
  const x = ones([1, 2, 4, 4], { requiresGrad: true });
  const count = (): number => memory()[defaultDevice().name]?.liveBuffers ?? Number.NaN;
  for (const run of [
    () => F.interpolate(x, 7),
    () => F.interpolate(x, 7, { mode: 'bicubic' }),
    () => F.lpPool2d(x, 3, 2),
    () => F.pad(x, [1, 1, 2, 0], { mode: 'reflect' }),
  ]) {
    const before = count();
    run().sum().backward();
    // What was made of x, the sum of it, and the gradient.
    expect(count() - before).toBe(3);
    x.grad = null;
  }
});

test.each([
  [2, [0, 0, 3, 4], [0, 0, 0.6, 0.8]],
  [3, [1, -1, 0, 2], [0, 0, 0, 1]],
])('where the sum is 0 no gradient of lpPool flows, p = %s', (p, row, expected) => {
  const x = tensor(row, { requiresGrad: true });
  F.lpPool1d(x.reshape([1, 1, 4]), p, 2)
    .sum()
    .backward();
  expect(x.grad?.toArraySync()).toEqual(expected.map((g) => expect.closeTo(g)));
});

test('there may be no channels', () => {
  const x = zeros([1, 0, 3, 4]);
  expect(F.gridSample(x, zeros([1, 2, 5, 2])).shape).toEqual([1, 0, 2, 5]);
  expect(F.fractionalMaxPool2d(x, 2, { outputSize: 2 }).shape).toEqual([1, 0, 2, 2]);
});

test('sizes are given as an argument or as an option', () => {
  const x = ones([1, 1, 2, 2]);
  for (const y of [F.interpolate(x, [4, 6]), F.interpolate(x, { size: [4, 6] }), F.interpolate(x, { scaleFactor: [2, 3] })])
    expect(y.shape).toEqual([1, 1, 4, 6]); // prettier-ignore
  expect(new nn.Upsample({ size: 3 })(x).shape).toEqual([1, 1, 3, 3]);
  expect(F.interpolate(x.half(), 3, { mode: 'bilinear' }).dtype).toBe('float16');
});

test('layers say what they give, and print as PyTorch does', () => {
  const x = ones([1, 1, 4, 4]);
  expectTypeOf(new nn.AdaptiveMaxPool2d(2)(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(new nn.FractionalMaxPool2d(2, { outputSize: 2, returnIndices: true })(x)).toEqualTypeOf<
    [output: Tensor, indices: Tensor]
  >();
  expect(String(new nn.AdaptiveAvgPool2d([null, 2]))).toBe('AdaptiveAvgPool2d(outputSize=[null, 2])');
  expect(String(new nn.MaxUnpool2d(2))).toBe('MaxUnpool2d(kernelSize=2, stride=2, padding=0)');
  expect(String(new nn.LPPool1d(2, 3))).toBe('LPPool1d(normType=2, kernelSize=3, stride=null, ceilMode=false)');
  expect(String(new nn.ConstantPad1d(1, 2))).toBe('ConstantPad1d(padding=[1, 1], value=2)');
  expect(String(new nn.ZeroPad2d([1, 0, 2, 0]))).toBe('ZeroPad2d([1, 0, 2, 0])');
  expect(String(new nn.Unfold(2))).toBe('Unfold(kernelSize=2, dilation=1, padding=0, stride=1)');
  expect(String(new nn.Upsample({ scaleFactor: 2 }))).toBe('Upsample(scaleFactor=2, mode=nearest)');
});
