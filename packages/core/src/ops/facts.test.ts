import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import '../methods.ts';
import * as core from '../index.ts';
import { tensor, zeros } from '../index.ts';
import { reference } from '../testing/index.ts';

beforeAll(async () => {
  await core.useBackend(reference());
});

describe('properties', () => {
  const x = () => tensor([[1, 2, 3], [4, 5, 6]]); // prettier-ignore

  test('T, mT, H and mH are views, with gradients', () => {
    for (const y of [x().T, x().mT, x().H, x().mH]) expect(y.toArraySync()).toEqual([[1, 4], [2, 5], [3, 6]]); // prettier-ignore
    expect(zeros([2, 3, 4]).T.shape).toEqual([4, 3, 2]);
    expect(zeros([2, 3, 4]).mT.shape).toEqual([2, 4, 3]);
    expect([zeros([]).T.shape, zeros([]).H.shape, zeros([3]).T.shape]).toEqual([[], [], [3]]);
    const leaf = x().requiresGrad_();
    leaf.T.mul(tensor([1, 2]))
      .sum()
      .backward();
    expect(leaf.grad?.toArraySync()).toEqual([[1, 1, 1], [2, 2, 2]]); // prettier-ignore
  });

  test('are refused where there is no matrix', () => {
    expect(() => zeros([3]).mT).toThrow('mT: it takes matrices, not shape [3]. Give it at least 2 dims.');
    expect(() => zeros([]).mH).toThrow('mH: it takes matrices, not shape []. Give it at least 2 dims.');
    expect(() => zeros([2, 3, 4]).H).toThrow('H: it takes a matrix, not shape [2, 3, 4]. Use mH for several.');
  });

  test('tell of memory', () => {
    const view = x().t().narrow(0, 1, 2);
    expect([view.stride(), view.stride(-1), view.storageOffset()]).toEqual([[1, 3], 3, 1]);
    expect([view.nbytes, view.itemsize, view.elementSize()]).toEqual([16, 4, 4]);
    expect([view.ndimension(), view.nelement()]).toEqual([2, 4]);
    expect(core.dtypes.map((dtype) => zeros([2], { dtype }).nbytes)).toEqual([8, 16, 4, 8, 2, 2]);
    expect(() => zeros([]).stride(0)).toThrow('stride: a 0-dim tensor has no dim 0. Leave the dim out.');
    const y = x();
    expect([y.isSetTo(y.view([2, 3])), y.isSetTo(y.view([3, 2])), y.isSetTo(x())]).toEqual([true, false, false]);
  });

  test('whether a gradient is kept', () => {
    const y = x().requiresGrad_().mul(2);
    expect(y.retainsGrad).toBe(false);
    y.retainGrad();
    expect([y.retainsGrad, x().retainsGrad]).toEqual([true, false]);
  });

  test('the truth of one element, awaited', async () => {
    expect(await core.isNonzeroAsync(tensor([[2]]))).toBe(true);
    await expect(core.isNonzeroAsync(tensor([1, 2]))).rejects.toThrow(
      'isNonzero: the truth of a tensor of shape [2] is not one answer. Use any() or all() for several elements.',
    );
  });
});

describe('the default dtype', () => {
  afterEach(() => {
    core.setDefaultDtype('float32');
  });

  test('is that of new floats, and of integers that become floats', () => {
    const whole = tensor([1, 2], { dtype: 'int32' });
    const all = () =>
      [
        tensor(1.5), zeros([1]), core.full([1], 2), core.empty([1]), core.arange(0.5, 2), core.linspace(0, 1, 2),
        core.logspace(0, 1, 2), core.eye(1), core.rand([1]), core.randn([1]), core.hannWindow(3), core.scalarTensor(1),
        whole.div(2), whole.sqrt(), whole.add(0.5), core.where(whole.gt(1), 0.5, 0.25), whole.logsumexp(0),
        core.pairwiseDistance(whole, whole), ...core.gradient(whole), core.special.legendrePolynomialP(whole, 2),
      ].map((x) => x.dtype); // prettier-ignore
    expect(new Set(all())).toEqual(new Set(['float32']));
    core.setDefaultDtype('float64');
    expect(core.getDefaultDtype()).toBe('float64');
    expect(new Set(all())).toEqual(new Set(['float64']));
    expect([tensor([true]).dtype, core.arange(3).dtype, tensor(new Float32Array(1)).dtype]).toEqual([
      'bool',
      'int32',
      'float32',
    ]);
    expect(tensor([1], { dtype: 'float32' }).add(0.5).dtype).toBe('float32');
    expect(core.finfo().bits).toBe(64);
  });

  test('is the one that is not printed', () => {
    const [single, double] = [tensor([1.5]), tensor([1.5]).double()];
    expect([String(single), String(double)]).toEqual(['tensor([1.5000])', 'tensor([1.5000], dtype=float64)']);
    core.setDefaultDtype('float64');
    expect([String(single), String(double)]).toEqual(['tensor([1.5000], dtype=float32)', 'tensor([1.5000])']);
  });

  test('is a float', () => {
    expect(() => core.setDefaultDtype('int32')).toThrow(
      'setDefaultDtype: int32 is no float dtype. Use float32, float64 or float16.',
    );
  });
});

test('complex numbers are out of scope, and every door says so', () => {
  const x = zeros([2]);
  const complex64 = 'complex64' as core.DType;
  const doors = [
    () => tensor([1], { dtype: complex64 }),
    () => zeros([1], { dtype: complex64 }),
    () => core.empty([1], { dtype: complex64 }),
    () => core.promoteTypes(complex64, 'float32'),
    () => core.complex(x, x),
    () => core.polar(x, x),
    () => core.imag(x),
    () => core.viewAsComplex(x),
    () => core.viewAsReal(x),
  ];
  for (const door of doors) expect(door).toThrow(/^\w+: complex numbers (\(complex64\) )?are out of scope\. /);
  expect(core.isComplex(x)).toBe(false);
});

describe('from what is there', () => {
  test('buffers are read from an offset, and copied', () => {
    const bytes = new Uint8Array(new Float32Array([1, 2, 3]).buffer);
    const x = core.frombuffer(bytes, { dtype: 'float32', count: 2, offset: 4, requiresGrad: true });
    bytes.fill(0);
    expect([x.toArraySync(), x.requiresGrad]).toEqual([[2, 3], true]);
    expect(core.frombuffer(new Int32Array([7, -7]).buffer, { dtype: 'int32' }).toArraySync()).toEqual([7, -7]);
    expect(core.frombuffer(new Uint8Array([1, 0]).subarray(1), { dtype: 'bool' }).toArraySync()).toEqual([false]);
    for (const options of [{ count: 3, offset: 4 }, { offset: 12 }, { offset: 1 }, { count: 0 }, { offset: -4 }])
      expect(() => core.frombuffer(bytes, { dtype: 'float32', ...options })).toThrow(
        /^frombuffer: .* do not fit a buffer of 12 bytes\. /,
      );
  });

  test('tensors are what they are, unless a copy is asked for', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    expect(core.asTensor(x)).toBe(x);
    expect(core.asTensor(x, { dtype: 'float64' }).requiresGrad).toBe(true);
    expect(core.asarray(x).requiresGrad).toBe(false);
    expect(core.asarray(x, { requiresGrad: true })).toBe(x);
    expect(core.asarray(x).storage).toBe(x.storage);
    expect(core.asarray(x, { copy: true }).storage).not.toBe(x.storage);
    expect(() => core.asarray([1], { copy: false })).toThrow(
      'asarray: the data cannot be used without a copy. Leave `copy` out, or give a tensor of that dtype.',
    );
  });

  test('memory with strides of its own', () => {
    const x = core.emptyStrided([2, 3], [1, 4], { dtype: 'int32' });
    expect([x.shape, x.strides, x.dtype, x.storage.length]).toEqual([[2, 3], [1, 4], 'int32', 10]);
    expect(core.emptyStrided([0, 3], [3, 1]).numel()).toBe(0);
    expect(x.newEmptyStrided([2], [2]).dtype).toBe('int32');
    expect(x.newEmpty([3], { dtype: 'bool' }).dtype).toBe('bool');
    expect(() => core.emptyStrided([2], [1, 1])).toThrow(
      'emptyStrided: shape [2] and strides [1, 1] differ in length. Give one stride per dim.',
    );
  });
});

test('igamma has no gradient in its first operand, and says so when that is asked for', () => {
  const a = tensor([1.5], { requiresGrad: true });
  const y = core.igamma(a, tensor([0.5], { requiresGrad: true }));
  expect(y.itemSync()).toBeCloseTo(0.1987480430987992, 6);
  expect(() => y.sum().backward()).toThrow(
    'igamma: it has no derivative in its first operand. Pass that operand as `a.detach()`.',
  );
});

test('methods of what else is a function', () => {
  const x = tensor([0, 1, 1]);
  expect(x.bernoulli().toArraySync()).toEqual([0, 1, 1]);
  expect(x.multinomial(2).shape).toEqual([2]);
  expect(tensor([1]).polygamma(1).itemSync()).toBeCloseTo(Math.PI ** 2 / 6, 5);
});

test('what is no dtype is refused by name', () => {
  const dtype = 'flot32' as core.DType;
  const doors = [
    () => core.arange(0.5, 2, { dtype }),
    () => core.linspace(0, 1, 2, { dtype }),
    () => core.logspace(0, 1, 2, { dtype }),
    () => core.eye(2, { dtype }),
    () => core.hannWindow(2, { dtype }),
    () => core.rand([1], { dtype }),
    () => core.randint(3, [1], { dtype }),
    () => core.randperm(3, { dtype }),
  ];
  for (const door of doors)
    expect(door).toThrow(/^\w+: there is no dtype "flot32"\. Use float32, float64, float16, int32, uint8 or bool\.$/);
});

test('an integer dtype refuses what it cannot hold', () => {
  expect(() => core.arange(0, 1, 0.25, { dtype: 'int32' })).toThrow(
    'arange: steps of 0.25 are 0 in int32. Use steps of 1 or more, or a float dtype.',
  );
  expect(() => core.linspace(0, 300, 3, { dtype: 'uint8' })).toThrow('linspace: the value 300 does not fit uint8.');
  expect(() => core.logspace(0, 12, 3, { dtype: 'int32' })).toThrow(
    'logspace: the value 1000000000000 does not fit int32.',
  );
});
