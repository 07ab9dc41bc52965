// What is changed in place keeps its gradient, or is refused. PyTorch's own answers are in the conformance package.

import { describe, expect, test } from 'vitest';
import { autograd, manualSeed, noGrad, randn, tensor, useBackend, zeros, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

await useBackend(checked(reference()));
manualSeed(8);

describe('a gradient that needs the value before the change', () => {
  const cases: [string, (x: Tensor, y: Tensor) => Tensor][] = [
    ['mul_', (x, y) => x.mul(1).mul_(y)],
    ['mul_ through a view', (x, y) => { const z = x.mul(1); z.t().mul_(y.t()); return z; }], // prettier-ignore
    ['twice through one view', (x, y) => { const z = x.mul(1); const r = z.select(0, 0); r.mul_(y.select(0, 1)); r.pow_(2); return z; }], // prettier-ignore
    ['a constant that comes to need a gradient', (x, y) => zeros([2, 2], { dtype: 'float64' }).add_(3).mul_(y).add(x)],
    ['clamp_ on what was read before', (x, y) => { const z = x.mul(y); const w = z.add(1); z.clamp_({ min: 0 }); return w.mul(z); }], // prettier-ignore
  ];
  test.each(cases)('%s', (_, fn) => {
    const inputs = [leaf(2, 2), leaf(2, 2)];
    expect(gradcheck(fn, inputs)).toBe(true);
    expect(gradgradcheck(fn, inputs)).toBe(true);
  });

  test('is refused for the other operand, as PyTorch refuses it', () => {
    const y = leaf(3).mul(1);
    y.mul_(y);
    expect(() => y.sum().backward()).toThrow('a value needed for the gradient of MulBackward was changed in place');
  });
});

describe('one of several views', () => {
  const parts: [string, (x: Tensor) => Tensor][] = [
    ['split', (x) => x.split(1)[0]!],
    ['chunk', (x) => x.chunk(2)[1]!],
    ['unbind', (x) => x.unbind(1)[0]!],
    ['a view of one', (x) => x.unbind(0)[0]!.narrow(0, 0, 1)],
  ];
  test.each(parts)('%s is not changed by itself', (_, part) => {
    expect(() => part(leaf(2, 2).mul(1)).mul_(2)).toThrow(
      'one of several views that were made together (by split, chunk or unbind) is changed in place. Make it by narrow or select',
    );
    expect(() => part(zeros([2, 2])).copy_(tensor([1], { requiresGrad: true }))).toThrow('one of several views');
    expect(
      part(zeros([2, 2]))
        .add_(1)
        .sum()
        .itemSync(),
    ).toBeGreaterThan(0);
    expect(noGrad(() => part(leaf(2, 2).mul(1)).mul_(0).sum().itemSync())).toBe(0);
  });

  test('and follows a change of its base', () => {
    const x = tensor([[1, 2], [3, 4]], { requiresGrad: true }); // prettier-ignore
    const y = x.mul(1);
    const [row] = y.unbind(0);
    y.mul_(3);
    row?.sum().backward();
    expect(x.grad?.toArraySync()).toEqual([[3, 3], [0, 0]]); // prettier-ignore
  });
});

test('a view of a view that was made in noGrad is refused like it', () => {
  const y = leaf(2, 2).mul(1);
  const row = noGrad(() => y.select(0, 0));
  expect(() => row.narrow(0, 0, 1).mul_(2)).toThrow('a view made inside noGrad is changed in place');
});

test('copy_ takes what broadcasts to the tensor, and nothing else', () => {
  expect(zeros([2, 2]).copy_(tensor([1, 2])).toArraySync()).toEqual([[1, 2], [1, 2]]); // prettier-ignore
  expect(
    zeros([0])
      .copy_(tensor([1]))
      .toArraySync(),
  ).toEqual([]);
  expect(() => zeros([3]).copy_(tensor([1, 2]))).toThrow('copy_: shapes [3] and [2] do not broadcast');
  expect(() => zeros([2]).copy_(zeros([3]))).toThrow('copy_: shapes [2] and [3] do not broadcast');
  expect(() => zeros([3]).copy_(zeros([2, 3]))).toThrow(
    'copy_: the source has shape [2, 3], the tensor [3]. The source must broadcast to the tensor.',
  );
});
