import { beforeAll, describe, expect, test } from 'vitest';
import { autograd, tensor, useBackend, type Tensor } from '../index.ts';
import { reference } from '../testing/reference.ts';
import { definitions } from './elementwise-op.ts';
import { LoopOp } from './loop.ts';
import { describeLoop, type LoopBuilder } from './loop-spec.ts';
import * as E from '../kernel/index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const opOf = (inputs: number, write: (k: LoopBuilder) => void): LoopOp =>
  new LoopOp('test', describeLoop(new Array<'float32'>(inputs).fill('float32'), write));
const readsOf = (op: LoopOp, wrt = 0): string[] =>
  (op.gradient(wrt, true, false)?.reads ?? []).map((s) => (s.kind === 'output' ? 'output' : `${s.kind} ${s.slot}`));

describe('what a gradient reads', () => {
  test('a sum needs nothing', () => {
    expect(readsOf(opOf(2, (k) => k.perElement(k.input(0).add(k.input(1)))))).toEqual([]);
    expect(readsOf(opOf(1, (k) => k.perRow(k.sum(k.input(0)))))).toEqual([]);
  });

  test('a product needs the other factor', () => {
    const op = opOf(2, (k) => k.perElement(k.input(0).mul(k.input(1))));
    expect(readsOf(op, 0)).toEqual(['input 1']);
    expect(readsOf(op, 1)).toEqual(['input 0']);
  });

  test('exp, sqrt and tanh need their result alone', () => {
    for (const f of [E.exp, E.sqrt, E.tanh])
      expect(readsOf(opOf(1, (k) => k.perElement(f(k.input(0)))))).toEqual(['output']);
  });

  test('argmax needs the position, not the values', () => {
    expect(readsOf(opOf(1, (k) => k.perRow(k.argmax(k.input(0)).value)))).toEqual(['position 0']);
  });

  test('a stage is kept, or computed again for a second derivative', () => {
    const op = opOf(1, (k) => k.perElement(k.input(0).div(k.sum(k.input(0).square()))));
    expect(readsOf(op)).toEqual(['input 0', 'output', 'stage 0']);
    const again = op.gradient(0, false, false);
    expect(again?.reads).toEqual([{ kind: 'input', slot: 0 }, { kind: 'output' }]);
    expect(again?.op.spec.stages.length).toBe(2);
  });

  test('stages that the gradient does not use are dropped', () => {
    const op = opOf(2, (k) => {
      k.sum(k.input(0).mul(3));
      k.perRow(k.sum(k.input(1)));
    });
    expect(op.gradient(1, true, false)?.op.spec.stages).toEqual([]);
    expect(op.gradient(0, true, false)).toBeUndefined();
  });
});

test('one line in the table is an operation with its in-place form and gradient', async () => {
  const { relu } = await import('./elementwise.ts');
  expect(definitions.get(relu)).toMatchObject({ name: 'relu', arity: 1 });
  const { tensor } = await import('../index.ts');
  const x: Tensor = tensor([-1, 2], { requiresGrad: true });
  x.mul(1).relu_().sum().backward();
  expect(x.grad?.toArraySync()).toEqual([0, 1]);
});

describe('the gradient of a reduction', () => {
  const leaf = (...data: number[]): Tensor => tensor(data, { dtype: 'float64', requiresGrad: true });

  test('a product with zeros, twice', () => {
    const second = (...data: number[]): unknown => {
      const x = leaf(...data);
      const [grad] = autograd.grad([x.prod()], [x], { createGraph: true });
      return [grad?.toArraySync(), autograd.grad([grad as Tensor], [x], { gradOutputs: [tensor([1, 10, 100], { dtype: 'float64' })] })[0]?.toArraySync()]; // prettier-ignore
    };
    // Of xyz: [yz, xz, xy], and with weights 1, 10, 100: [10z + 100y, z + 100x, y + 10x].
    expect(second(2, 3, 5)).toEqual([[15, 10, 6], [350, expect.closeTo(205, 10), 23]]); // prettier-ignore
    expect(second(0, 3, 5)).toEqual([[15, 0, 0], [350, 5, 3]]); // prettier-ignore
    expect(second(0, 3, 0)).toEqual([[0, 0, 0], [300, 0, 3]]); // prettier-ignore
    expect(second(0, 0, 0)).toEqual([[0, 0, 0], [0, 0, 0]]); // prettier-ignore
  });

  test('the NaNs are the largest where there are any', () => {
    const x = leaf(1, NaN, 3, NaN);
    x.max().backward();
    expect(x.grad?.toArraySync()).toEqual([0, 0.5, 0, 0.5]);
  });

  test('a norm at zeros and infinities', () => {
    const gradOf = (p: number, ...data: number[]): unknown => {
      const x = leaf(...data);
      x.norm({ p }).backward();
      return x.grad?.toArraySync();
    };
    expect(gradOf(0.5, 0, 4)).toEqual([0, 1]);
    expect(gradOf(3, Infinity, 2)).toEqual([NaN, 0]);
    expect(gradOf(3, 0, 0)).toEqual([0, 0]);
  });
});
