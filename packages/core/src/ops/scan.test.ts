import { describe, expect, test } from 'vitest';
import { autograd, manualSeed, ones, randn, tensor, useBackend, zeros, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
const given = (...values: number[]): Tensor => tensor(values, { dtype: 'float64', requiresGrad: true });

await useBackend(checked(reference()));
manualSeed(5);

const twice = (fn: (...xs: Tensor[]) => Tensor, inputs: Tensor[]): boolean =>
  gradcheck(fn, inputs) && gradgradcheck(fn, inputs);

const ops: Readonly<Record<string, (x: Tensor, dim: number) => Tensor>> = {
  cumsum: (x, dim) => x.cumsum(dim),
  cumprod: (x, dim) => x.cumprod(dim),
  cummax: (x, dim) => x.cummax(dim).values,
  cummin: (x, dim) => x.cummin(dim).values,
  logcumsumexp: (x, dim) => x.logcumsumexp(dim),
};

describe.each(Object.entries(ops))('%s', (name, op) => {
  test('has derivatives, twice, along every dim', () => {
    for (const dim of [0, 1, -1]) expect(twice((x) => op(x, dim), [leaf(2, 3, 2)])).toBe(true);
  });
  test('of what is not contiguous', () => expect(twice((x) => op(x.t().narrow(0, 1, 2), 1), [leaf(3, 3)])).toBe(true));
  test('of 0 dims, one element, none', () => {
    expect(twice((x) => op(x, 0), [leaf()])).toBe(true);
    expect(op(leaf(1, 2), 0).shape).toEqual([1, 2]);
    expect(op(zeros([0, 3]), 0).shape).toEqual([0, 3]);
    expect(op(zeros([0, 3]), 1).shape).toEqual([0, 3]);
    const x = zeros([2, 0], { requiresGrad: true });
    op(x, 1).sum().backward();
    expect(x.grad?.shape).toEqual([2, 0]);
  });
  test('refuses a dim that is not there', () => {
    expect(() => op(zeros([2]), 1)).toThrow(`${name}: dim 1 is out of range for a tensor of 1 dims. Use -1 … 0.`);
  });
});

describe('cumsum', () => {
  test('of integers and bool is int32, unless asked otherwise', () => {
    const x = tensor([true, true, false]);
    expect([x.cumsum(0).dtype, x.cumsum(0).toArraySync()]).toEqual(['int32', [1, 2, 2]]);
    expect(tensor([200, 100], { dtype: 'uint8' }).cumsum(0).toArraySync()).toEqual([200, 300]);
    expect(x.cumsum(0, { dtype: 'float64' }).dtype).toBe('float64');
  });
});

describe('cumprod with zeros', () => {
  test('has PyTorch’s gradient', () => {
    const x = given(0, 3, 0, 2);
    const [g] = autograd.grad([x.cumprod(0).sum()], [x]);
    expect(g?.toArraySync()).toEqual([4, 0, 0, 0]);
    const [first] = autograd.grad([x.cumprod(0).sum()], [x], { createGraph: true });
    const [second] = autograd.grad([first!.sum()], [x]);
    expect([first?.toArraySync(), second?.toArraySync()]).toEqual([
      [4, 0, 0, 0],
      [10, 1, 9, 0],
    ]);
  });
  test.each([[[0, 2, 3]], [[2, 0, 3]], [[2, 3, 0]], [[0, 0, 2]], [[2, 0, 5, 0, 1]], [[0, 0, 0]]])('%j', (values) =>
    expect(twice((x) => x.cumprod(0), [given(...values)])).toBe(true),
  );
  test('in rows of which some have one', () => {
    const x = tensor([[1, 0, 2], [3, 4, 5]], { dtype: 'float64', requiresGrad: true }); // prettier-ignore
    expect(twice((y) => y.cumprod(1), [x])).toBe(true);
    expect(twice((y) => y.t().cumprod(0), [x])).toBe(true);
  });
});

describe('cummax and cummin', () => {
  const said = ({ values, indices }: { values: Tensor; indices: Tensor }): unknown => [
    values.toArraySync(),
    indices.dtype,
    indices.toArraySync(),
  ];
  test('give the last position of equals, and of NaN', () => {
    expect(said(tensor([1, NaN, 2, NaN, NaN, 3]).cummax(0))).toEqual([
      [1, NaN, NaN, NaN, NaN, NaN], 'int32', [0, 1, 1, 3, 4, 4],
    ]); // prettier-ignore
    expect(said(tensor([1, 0, 0, 2, -1, -1]).cummin(0))).toEqual([[1, 0, 0, 0, -1, -1], 'int32', [0, 1, 2, 2, 4, 5]]);
  });
  test('send the gradient there', () => {
    const x = tensor([3, 1, 3, 2], { requiresGrad: true });
    x.cummax(0).values.sum().backward();
    expect(x.grad?.toArraySync()).toEqual([2, 0, 2, 0]);
  });
  test('work on bool and integers', () => {
    expect(tensor([false, true, false]).cummax(0).values.toArraySync()).toEqual([false, true, true]);
    expect(tensor([3, -1, 2], { dtype: 'int32' }).cummin(0).values.toArraySync()).toEqual([3, -1, -1]);
  });
});

describe('logcumsumexp', () => {
  test('stays finite where a running total would not', () => {
    expect(tensor([-1e4, 1e4, -1e4]).logcumsumexp(0).toArraySync()).toEqual([-1e4, 1e4, 1e4]);
    const x = given(-1e4, -1e4, 1e4);
    x.logcumsumexp(0).sum().backward();
    expect(x.grad?.allclose(given(1.5, 0.5, 1))).toBe(true);
  });
  test('takes infinities, and gives those before everything no gradient', () => {
    const x = tensor([-Infinity, 0, Infinity], { requiresGrad: true });
    const y = x.logcumsumexp(0);
    expect(y.toArraySync()).toEqual([-Infinity, 0, Infinity]);
    y.index([1]).backward();
    expect(x.grad?.toArraySync()).toEqual([0, 1, NaN]);
  });
  test('refuses integers', () => {
    expect(() => ones([2], { dtype: 'int32' }).logcumsumexp(0)).toThrow(
      "logcumsumexp: it is defined for floats, not int32. Convert with `.to('float32')`.",
    );
  });
});
