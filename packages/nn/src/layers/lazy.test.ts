import { manualSeed, ones, randn, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import * as nn from '../index.ts';

beforeAll(() => useBackend(reference()));

type Layer = nn.Module<[Tensor], Tensor> & { resetParameters(): void };

/** A lazy layer, the plain one that it becomes, and an input. */
const pairs: [name: string, lazy: () => Layer, plain: () => Layer, shape: number[]][] = [
  ['LazyLinear', () => new nn.LazyLinear(3), () => new nn.Linear(4, 3), [2, 5, 4]],
  ['LazyLinear without bias', () => new nn.LazyLinear(3, { bias: false }), () => new nn.Linear(4, 3, { bias: false }), [4]],
  ['LazyConv1d', () => new nn.LazyConv1d(6, 3, { groups: 2 }), () => new nn.Conv1d(4, 6, 3, { groups: 2 }), [2, 4, 5]],
  ['LazyConv1d of one sample', () => new nn.LazyConv1d(2, 3), () => new nn.Conv1d(4, 2, 3), [4, 5]],
  ['LazyConv2d', () => new nn.LazyConv2d(2, 3, { padding: 1, bias: false }), () => new nn.Conv2d(3, 2, 3, { padding: 1, bias: false }), [1, 3, 4, 5]],
  ['LazyConv3d', () => new nn.LazyConv3d(2, [1, 2, 1], { stride: 2 }), () => new nn.Conv3d(3, 2, [1, 2, 1], { stride: 2 }), [1, 3, 2, 3, 2]],
  ['LazyConvTranspose1d', () => new nn.LazyConvTranspose1d(4, 3, { groups: 2 }), () => new nn.ConvTranspose1d(2, 4, 3, { groups: 2 }), [2, 2, 3]],
  ['LazyConvTranspose2d', () => new nn.LazyConvTranspose2d(3, 2), () => new nn.ConvTranspose2d(2, 3, 2), [2, 3, 2]],
  ['LazyConvTranspose3d', () => new nn.LazyConvTranspose3d(1, 2), () => new nn.ConvTranspose3d(2, 1, 2), [1, 2, 2, 1, 2]],
  ['LazyBatchNorm1d', () => new nn.LazyBatchNorm1d(), () => new nn.BatchNorm1d(3), [4, 3]],
  ['LazyBatchNorm2d', () => new nn.LazyBatchNorm2d({ affine: false }), () => new nn.BatchNorm2d(2, { affine: false }), [2, 2, 3, 1]],
  ['LazyBatchNorm3d', () => new nn.LazyBatchNorm3d({ trackRunningStats: false }), () => new nn.BatchNorm3d(2, { trackRunningStats: false }), [2, 2, 3, 1, 2]],
  ['LazyInstanceNorm1d', () => new nn.LazyInstanceNorm1d({ affine: true, trackRunningStats: true }), () => new nn.InstanceNorm1d(3, { affine: true, trackRunningStats: true }), [2, 3, 4]],
  ['LazyInstanceNorm2d', () => new nn.LazyInstanceNorm2d({ trackRunningStats: false }), () => new nn.InstanceNorm2d(3, { affine: true }), [3, 2, 2]],
  ['LazyInstanceNorm3d', () => new nn.LazyInstanceNorm3d(), () => new nn.InstanceNorm3d(3, { affine: true, trackRunningStats: true }), [1, 3, 1, 2, 2]],
]; // prettier-ignore

const values = (module: Layer): Record<string, unknown> =>
  Object.fromEntries(Object.entries(module.stateDict()).map(([key, t]) => [key, t.toArraySync()]));

describe.each(pairs)('%s', (_, makeLazy, makePlain, shape) => {
  test('draws at the first input what the plain layer draws, and becomes one', () => {
    const x = randn(shape);
    const lazy = makeLazy();
    const parameters = lazy.parameters();
    expect(parameters.every(nn.isLazy)).toBe(true);
    manualSeed(7);
    const y = lazy(x);
    manualSeed(7);
    const plain = makePlain();
    expect(y.toArraySync()).toEqual(plain(x).toArraySync());
    expect(values(lazy)).toEqual(values(plain));
    expect(lazy.constructor).toBe(plain.constructor);
    expect(String(lazy)).toBe(String(plain));
    expect(lazy.parameters()).toEqual(parameters);
    expect(parameters.every((p) => p instanceof nn.Parameter && p.requiresGrad && !nn.isLazy(p))).toBe(true);
    expect(Object.keys(lazy.stateDict())).toEqual(Object.keys(plain.stateDict()));
    lazy.resetParameters();
    if (parameters.length > 0) y.sum().backward();
    lazy(x);
  });

  test('takes a state dict before the first input, and keeps it', () => {
    const [lazy, plain, x] = [makeLazy(), makePlain(), randn(shape)];
    lazy.loadStateDict(plain.stateDict());
    expect(lazy.parameters().some(nn.isLazy)).toBe(false);
    expect(lazy(x).toArraySync()).toEqual(plain(x).toArraySync());
    expect(values(lazy)).toEqual(values(plain));
    expect(String(lazy)).toBe(String(plain));
  });

  test('a state dict without shapes changes nothing; converting keeps it lazy', () => {
    const lazy = makeLazy();
    lazy.loadStateDict(makeLazy().stateDict());
    expect(lazy.parameters().every(nn.isLazy)).toBe(true);
    lazy.double();
    expect(lazy.parameters().every(nn.isLazy)).toBe(true);
    expect(lazy(randn(shape, { dtype: 'float64' })).dtype).toBe('float64');
    expect(lazy.parameters().every((p) => p.dtype === 'float64')).toBe(true);
  });
});

test('in a model, with a frozen parameter', () => {
  const model = new nn.Sequential(new nn.LazyLinear(8), new nn.LazyBatchNorm1d(), new nn.ReLU(), new nn.LazyLinear(2));
  model.requiresGrad_(false);
  expect(String(model)).toContain('LazyLinear(inFeatures=0, outFeatures=8, bias=true)');
  expect(model(randn([3, 5])).shape).toEqual([3, 2]);
  expect(model.parameters().every((p) => !p.requiresGrad)).toBe(true);
  expect(String(model)).toContain('(3): Linear(inFeatures=8, outFeatures=2, bias=true)');
});

test('an input that does not fit leaves the layer lazy', () => {
  const conv = new nn.LazyConv2d(4, 3, { groups: 2 });
  expect(String(conv)).toContain('LazyConv2d(0, 4');
  expect(() => conv(ones([2, 4]))).toThrow(
    'LazyConv2d: the input has shape [2, 4]. It must be [N, C, H, W] or [C, H, W].',
  );
  expect(() => conv(ones([1, 3, 5, 5]))).toThrow('LazyConv2d: the input [1, 3, 5, 5] has 3 channels, which cannot be cut into 2 groups.'); // prettier-ignore
  expect(() => new nn.LazyLinear(2)(tensor(1))).toThrow('LazyLinear: the input has no dims.');
  expect(() => new nn.LazyBatchNorm2d()(ones([2, 3]))).toThrow('LazyBatchNorm2d: the input has shape [2, 3].');
  expect(conv(ones([1, 2, 5, 5])).shape).toEqual([1, 4, 3, 3]);
});

test('a mismatch in a state dict changes nothing', () => {
  const model = new nn.Sequential(new nn.LazyLinear(2), new nn.Linear(2, 3));
  const wrong = new nn.Sequential(new nn.Linear(4, 2), new nn.Linear(3, 3)).stateDict();
  expect(() => model.loadStateDict(wrong)).toThrow(
    'size mismatch for 1.weight: [3, 3] in the dict, [3, 2] in the module.',
  );
  expect(model.parameters().filter(nn.isLazy)).toHaveLength(2);
  const plain = new nn.Linear(4, 2);
  expect(() => plain.loadStateDict(new nn.LazyLinear(2).stateDict())).toThrow('it has no shape yet');
});

test('what has no shape is refused, not taken for a tensor of no elements', () => {
  const layer = new nn.LazyBatchNorm1d();
  for (const lazy of [layer.weight, layer.running_mean]) {
    const uses: ((t: Tensor | null) => unknown)[] = [
      (t) => t?.shape,
      (t) => t?.numel(),
      (t) => t?.add(1),
      (t) => t?.clone(),
    ];
    for (const use of uses) expect(() => use(lazy)).toThrow('it has no shape yet: it belongs to a lazy layer');
    expect(String(lazy)).toMatch(/^<Uninitialized(Parameter|Buffer)>$/);
  }
  expect(() => nn.utils.weightNorm(new nn.LazyLinear(3))).toThrow('UninitializedParameter: it has no shape yet');
});

test('what was loaded must fit the first input, or the layer stays lazy', () => {
  const layer = new nn.LazyLinear(3);
  layer.loadStateDict(new nn.Linear(4, 3).stateDict());
  expect(() => layer(ones([2, 5]))).toThrow('LazyLinear: weight was given shape [3, 4], but the input [2, 5] asks for [3, 5].'); // prettier-ignore
  expect(String(layer)).toBe('LazyLinear(inFeatures=0, outFeatures=3, bias=true)');
  layer(ones([2, 4]));
  expect(String(layer)).toBe('Linear(inFeatures=4, outFeatures=3, bias=true)');
  const conv = new nn.LazyConv2d(4, 3);
  conv.loadStateDict(new nn.Conv2d(2, 7, 5).stateDict());
  expect(() => conv(ones([1, 2, 5, 5]))).toThrow('LazyConv2d: weight was given shape [7, 2, 5, 5], but the input [1, 2, 5, 5] asks for [4, 2, 3, 3].'); // prettier-ignore
});

test('what was loaded in part stays; the rest is drawn', () => {
  const layer = new nn.LazyLinear(3);
  layer.loadStateDict({ weight: ones([3, 2]) }, { strict: false });
  layer(ones([2]));
  expect(layer.weight.toArraySync()).toEqual(ones([3, 2]).toArraySync());
  expect(layer.bias?.toArraySync()).not.toEqual([0, 0, 0]);
  const norm = new nn.LazyBatchNorm1d();
  norm.loadStateDict(
    { running_var: tensor([4, 9]), num_batches_tracked: tensor(5, { dtype: 'int32' }) },
    { strict: false },
  );
  norm.eval()(ones([3, 2]));
  expect([norm.running_var?.toArraySync(), norm.num_batches_tracked?.itemSync()]).toEqual([[4, 9], 5]);
  expect(norm.weight?.toArraySync()).toEqual([1, 1]);
});
