// What a line of the table refuses, and derivatives where formulas are delicate; values are compared by the testkit.

import { describe, expect, test } from 'vitest';
import { tensor, useBackend, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

await useBackend(checked(reference()));

const ints = (...data: number[]): Tensor => tensor(data, { dtype: 'int32' });
const gradOf = (f: (x: Tensor) => Tensor, ...data: number[]): unknown => {
  const x = tensor(data, { dtype: 'float64', requiresGrad: true });
  f(x).sum().backward();
  return x.grad?.toArraySync();
};

describe('options', () => {
  test('are given by name', () => {
    const leaky = tensor([-1]).leakyRelu as (slope: number) => Tensor;
    expect(() => leaky.call(tensor([-1]), 0.2)).toThrow(
      'leakyRelu: the options are 0.2. Give them by name, in an object: negativeSlope.',
    );
    expect(() => tensor([1]).add(1, { beta: 2 } as object)).toThrow('add: there is no option "beta". Options: alpha.');
  });

  test('choose among formulas that there are', () => {
    expect(() => tensor([1]).gelu({ approximate: 'erf' as 'tanh' })).toThrow(
      "gelu: approximate is 'erf'. Use 'none' or 'tanh'.",
    );
    expect(() => ints(1).div(2, { roundingMode: 'ceil' as 'floor' })).toThrow(
      "div: roundingMode is 'ceil'. Use 'trunc' or 'floor'.",
    );
    expect(tensor([1.5]).div(2, { roundingMode: undefined }).toArraySync()).toEqual([0.75]);
  });

  test('are whole where integers are computed in', () => {
    expect(() => ints(4).add(ints(1), { alpha: 0.5 })).toThrow(
      "add: alpha is 0.5, computing in int32. Convert with `.to('float32')`.",
    );
    expect(ints(4).add(1.5, { alpha: 0.5 }).toArraySync()).toEqual([4.75]);
    expect(() => ints(4).round({ decimals: 1 })).toThrow('round: decimals are for floats, not int32.');
  });
});

describe('integers', () => {
  test('are not divided by 0', () => {
    const x = ints(7, -7, 5);
    const message = 'at position 1 an integer is divided by 0. Leave zeros out';
    expect(() => x.floorDivide(ints(2, 0, 0))).toThrow(`floorDivide: ${message}`);
    expect(() => x.remainder(ints(2, 0, 0))).toThrow(`remainder: ${message}`);
    expect(() => x.fmod(ints(2, 0, 0))).toThrow(`fmod: ${message}`);
    expect(() => x.div(ints(2, 0, 0), { roundingMode: 'trunc' })).toThrow(`div: ${message}`);
    expect(() => x.floorDivide(0)).toThrow('floorDivide: at position 0 an integer is divided by 0.');
    expect(x.div(0).toArraySync()).toEqual([Infinity, -Infinity, Infinity]);
    expect(x.floorDivide(2).toArraySync()).toEqual([3, -4, 2]);
    expect(tensor([7, -7]).floorDivide(0).toArraySync()).toEqual([Infinity, -Infinity]);
  });

  test('have no negative powers', () => {
    expect(() => ints(2).pow(-1)).toThrow('pow: at position 0 an integer is raised to a negative power.');
    expect(ints(2, 1, -1).pow(ints(-1)).toArraySync()).toEqual([0, 1, -1]);
    expect(tensor([2]).pow(-1).toArraySync()).toEqual([0.5]);
  });
});

describe('derivatives', () => {
  test('sinc near 0, where the terms of its derivative cancel', () => {
    const slope = (x: number): number => (-(Math.PI ** 2) / 3) * x;
    for (const x of [1e-30, 1e-12, -1e-7, 1e-5]) {
      const [grad] = gradOf((t) => t.sinc(), x) as number[];
      expect((grad ?? NaN) / slope(x)).toBeCloseTo(1, 8);
    }
    // Where series and formula meet they agree.
    const [below = 0, above = 0] = gradOf((t) => t.sinc(), 0.0999999 / Math.PI, 0.1000001 / Math.PI) as number[];
    expect(above / below).toBeCloseTo(1.000002, 8);
    expect(gradOf((t) => t.sinc(), 0, 0.5)).toEqual([-0, expect.closeTo(-4 / Math.PI, 12)]);
  });

  test('a quotient that is rounded has none, by 0 neither', () => {
    expect(gradOf((x) => x.div(0, { roundingMode: 'floor' }), 1, -1, 0)).toEqual([0, 0, 0]);
    expect(gradOf((y) => tensor(1).div(y, { roundingMode: 'floor' }), 0, 2)).toEqual([0, 0]);
  });
});

test('an operand that is missing is told, whatever ran before', () => {
  const [scalar, list] = [tensor(2), tensor([1, 2])];
  expect(scalar.add(list).toArraySync()).toEqual([3, 4]);
  expect(() => (list.add as () => Tensor).call(list)).toThrow(
    'add: operand 2 is nothing. It must be a tensor or a number.',
  );
});
