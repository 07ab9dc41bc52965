import { arange, autograd, randn, record, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { gruCell, lstmCell, rnnCells, type RecurrentCell } from './recurrent-cell.ts';
import { recurrentSteps } from './recurrent-steps.ts';
import { recurrent, type RecurrentOperands } from './recurrent.ts';

beforeAll(() => useBackend(reference()));

const wide = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

const cells: [string, RecurrentCell, projection: number][] = [
  ['tanh', rnnCells.tanh, 0],
  ['relu', rnnCells.relu, 0],
  ['gru', gruCell, 0],
  ['lstm', lstmCell, 0],
  ['projected lstm', lstmCell, 1],
];

describe.each(cells)('%s', (_, cell, projection) => {
  const operands = (rows: number, size = 2, batch = 1): Tensor[] => [
    wide(rows, cell.gates * size),
    wide(cell.gates * size, projection || size),
    wide(batch, projection || size),
    wide(cell.gates * size),
    ...(projection ? [wide(projection, size)] : []),
    ...(cell.reads === 'cell' ? [wide(batch, size)] : []),
  ];
  const run =
    (reverse: boolean, batchSizes?: readonly number[]) =>
    (...[gates, weight, hidden, bias, ...rest]: Tensor[]): Tensor => {
      const p = projection ? (rest.shift() as Tensor) : null;
      const given = [gates, weight, hidden, bias, p, rest[0] ?? null] as unknown as RecurrentOperands;
      const walk = recurrentSteps(batchSizes ?? new Array<number>(gates?.shape[0] ?? 0).fill(1), reverse);
      const [y, c] = recurrent({ cell, walk }, given);
      const weigh = arange(y.numel()).to(y.dtype).add(1).cos().reshape(y.shape);
      const total = y.mul(weigh).sum();
      return c ? total.add(c.sin().sum()) : total;
    };

  test('gradients are right in both directions, and so are second ones', () => {
    expect(autograd.gradcheck(run(false), operands(3))).toBe(true);
    expect(autograd.gradcheck(run(true), operands(3))).toBe(true);
    // The second ones are autograd's over the unrolled steps.
    expect(autograd.gradgradcheck(run(true), operands(2, 1))).toBe(true);
  });

  test.each([false, true])('sequences of different lengths have right gradients too, reverse: %s', (reverse) => {
    expect(autograd.gradcheck(run(reverse, [3, 1, 1]), operands(5, projection + 1, 3))).toBe(true);
    // Finite differences of a projection's take long.
    const second = projection > 0 || autograd.gradgradcheck(run(reverse, [2, 1]), operands(3, 1, 2));
    expect(second).toBe(true);
  });
  test('what is computed without a gradient is the same', () => {
    const given = operands(3);
    const f = run(true);
    expect(f(...given.map((x) => x.detach())).itemSync()).toBe(f(...given).itemSync());
  });

  test('an operand may be computed from another', () => {
    const given = operands(3);
    const tied = (x: Tensor): Tensor => run(false)(...given.with(0, given[0]?.mul(x.sum()) as Tensor).with(2, x));
    const hidden = given[2] as Tensor;
    expect(autograd.gradcheck(tied, [hidden])).toBe(true);
    expect(autograd.gradgradcheck(tied, [hidden])).toBe(true);
  });

  const programsOf = (steps: number): string[] => {
    const given = operands(steps);
    return record(() => run(false)(...given).backward()).programs.map((p) => p.key);
  };

  test('programs do not depend on the length', () => {
    const known = new Set(programsOf(3));
    for (const steps of [4, 9]) expect(programsOf(steps).filter((key) => !known.has(key))).toEqual([]);
  });

  test('a step is a product and a kernel, and so is the way back', () => {
    // The part of the gradient that goes past the gates is added, and a projection is a product more and a copy each way.
    const extra = (cell.reads === 'hidden' ? 1 : 0) + (projection ? 5 : 0);
    expect(programsOf(9).length - programsOf(8).length).toBe(4 + extra);
  });
});
