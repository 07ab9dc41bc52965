// What the losses of differences have in common, and what is particular about each.

import { autograd, manualSeed, ones, randn, record, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { huberLoss } from './huber-loss.ts';
import { l1Loss } from './l1-loss.ts';
import type { Reduction } from './reduction.ts';
import { smoothL1Loss } from './smooth-l1-loss.ts';

beforeAll(() => useBackend(reference()));
beforeEach(() => void manualSeed(0));

type Loss = (input: Tensor, target: Tensor, options?: { readonly reduction?: Reduction }) => Tensor;
const losses: [name: string, loss: Loss][] = [
  ['l1Loss', l1Loss],
  ['smoothL1Loss', smoothL1Loss],
  ['huberLoss', huberLoss],
];
const reductions = ['mean', 'sum', 'none'] as const;
const wide = (shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

describe.each(losses)('%s', (name, loss) => {
  test('other shapes broadcast, with one warning', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    for (let k = 0; k < 2; k++) expect(loss(ones([2, 1]), zeros([2]), { reduction: 'none' }).shape).toEqual([2, 2]);
    expect(warn.mock.calls).toEqual([
      [`${name}: the input has shape [2, 1], the target [2]: they are broadcast. Give them one shape.`],
    ]);
    warn.mockRestore();
  });

  test('its gradient is that of its formula, for both sides, broadcast too, and the second derivative', () => {
    const shapes = [[[2, 3], [2, 3]], [[2, 3], [3]], [[], [2, 2]]]; // prettier-ignore
    for (const reduction of reductions) {
      for (const inputs of shapes.map((pair) => pair.map(wide))) {
        expect(autograd.gradcheck((x, y) => loss(x, y, { reduction }), inputs)).toBe(true);
        expect(autograd.gradgradcheck((x, y) => loss(x.square(), y, { reduction }), inputs)).toBe(true);
      }
    }
  });

  test('one kernel forward and one backward, besides the reduction', () => {
    const [x, y, g] = [randn([4, 3], { requiresGrad: true }), randn([4, 3]), ones([4, 3])];
    const { programs } = record(() => loss(x, y, { reduction: 'none' }).backward(g));
    expect(programs.map(({ kind }) => kind)).toEqual(['loop', 'loop']);
  });

  test('dtypes are promoted', () => {
    expect(loss(ones([2]), zeros([2], { dtype: 'float64' })).dtype).toBe('float64');
    expect(loss(ones([2]), zeros([2], { dtype: 'int32' })).dtype).toBe('float32');
  });

  test('refuses what does not fit', () => {
    expect(() => loss(ones([2, 3]), ones([2, 4]))).toThrow(`${name}: shapes [2, 3] and [2, 4] do not broadcast`);
    expect(() => loss(ones([2]).int(), ones([2]).int())).toThrow(
      `${name}: the input is int32, the target int32. Convert them with \`.to('float32')\`.`,
    );
    expect(() => loss(ones([2]), ones([2]), { reduction: 'max' as 'sum' })).toThrow(
      `${name}: there is no reduction "max". Use 'mean', 'sum' or 'none'.`,
    );
  });
});

describe('formulas', () => {
  const pairs = fc.array(fc.tuple(fc.double({ min: -9, max: 9 }), fc.double({ min: -9, max: 9 })), { minLength: 1 });
  const bend = fc.double({ min: 0.01, max: 4, noNaN: true });
  /** How far a loss is at most from the formula of the distance. */
  const error = (loss: Loss, given: readonly [number, number][], formula: (d: number) => number): number => {
    const [x, y] = [0, 1].map((k) => tensor(given.map((pair) => pair[k] ?? NaN), { dtype: 'float64' })); // prettier-ignore
    const found = loss(x as Tensor, y as Tensor, { reduction: 'none' }).dataSync();
    return Math.max(0, ...given.map(([a, b], k) => Math.abs((found[k] ?? NaN) - formula(Math.abs(a - b)))));
  };

  test('of distances', () => {
    const noNaN = pairs.filter((list) => !list.flat().some(Number.isNaN));
    const property = fc.property(noNaN, bend, (given, b) => {
      expect(error(l1Loss, given, (d) => d)).toBeLessThan(1e-12);
      const smooth: Loss = (x, y, options) => smoothL1Loss(x, y, { ...options, beta: b });
      expect(error(smooth, given, (d) => (d < b ? (d * d) / 2 / b : d - b / 2))).toBeLessThan(1e-12);
      const huber: Loss = (x, y, options) => huberLoss(x, y, { ...options, delta: b });
      expect(error(huber, given, (d) => (d < b ? (d * d) / 2 : b * (d - b / 2)))).toBeLessThan(1e-12);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('a beta of 0 leaves no square, and no gradient where both are equal', () => {
    const x = tensor([0, 3, -2], { requiresGrad: true });
    const loss = smoothL1Loss(x, zeros([3]), { beta: 0, reduction: 'sum' });
    loss.backward();
    expect([loss.itemSync(), x.grad?.toArraySync()]).toEqual([5, [0, 1, -1]]);
  });

  test('the bend is a number of the launch: another one compiles nothing', () => {
    const [x, y] = [randn([3]), randn([3])];
    const programOf = (run: () => Tensor): unknown => record(run).programs[0];
    expect(programOf(() => huberLoss(x, y, { delta: 2 }))).toBe(programOf(() => huberLoss(x, y, { delta: 3 })));
    expect(programOf(() => smoothL1Loss(x, y, { beta: 2 }))).toBe(programOf(() => smoothL1Loss(x, y, { beta: 3 })));
  });

  test('a bend that makes no sense is refused', () => {
    expect(() => smoothL1Loss(ones([2]), ones([2]), { beta: -1 })).toThrow('smoothL1Loss: beta is -1. It must be ≥ 0.');
    expect(() => huberLoss(ones([2]), ones([2]), { delta: 0 })).toThrow('huberLoss: delta is 0. It must be > 0.');
    expect(() => huberLoss(ones([2]), ones([2]), { delta: NaN })).toThrow('huberLoss: delta is NaN. It must be > 0.');
  });
});
