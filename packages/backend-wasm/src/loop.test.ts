// What a stage leaves for the outputs, and what a launch changes while its geometry stays.

import { operand, type DrawnOperand } from '@rushlight/backend-testkit/tools';
import { ones, openBackend } from '@rushlight/core';
import { dtypes, input, mod, program, stage, type Expr, type LoopProgram } from '@rushlight/core/kernel';
import { describe, expect, test } from 'vitest';
import { differences } from './against-reference.ts';
import { wasm } from './wasm.ts';

/** Sums each of `summands` over all dims but the first; the outputs are per element. */
function sums(
  sizes: readonly number[],
  from: DrawnOperand,
  summands: readonly Expr[],
  results: readonly Expr[],
): object[] {
  // prettier-ignore
  const outputs = results.map(() => operand('float32', sizes, () => -1));
  const made = program<LoopProgram>({
    kind: 'loop',
    rowRank: 1,
    columnRank: sizes.length - 1,
    inputs: [from.type],
    scalars: [],
    stages: summands.map((expr) => ({ reduce: 'sum', expr })),
    outputs: outputs.map(({ type }, k) => ({ ...type, per: 'element', expr: results[k] as Expr })),
    checks: [],
  });
  return differences({ program: made, sizes, scalars: [], operands: [from, ...outputs] });
}

describe('slow summands that outputs are made of', () => {
  const x = input(0, 'float32');
  const [first, second] = [stage(0, 'float32'), stage(1, 'float32')];
  // Remainders: slow enough to be kept, and exact.
  const [bySeven, byFive] = [mod(x, 7), mod(x, 5)];
  const numbers = operand('float32', [3, 23], (k) => k * 11);

  test('of two stages, for one output', () => {
    const result = bySeven.mul(first).add(byFive.mul(second));
    expect(sums([3, 23], numbers, [bySeven, byFive], [result])).toEqual([]);
  });

  test('of two stages, for an output each', () => {
    const results = [bySeven.mul(first), bySeven.add(byFive.mul(second))];
    expect(sums([3, 23], numbers, [bySeven, byFive], results)).toEqual([]);
  });

  test('of a stage that uses those of the one before', () => {
    const nested = mod(bySeven.mul(3).add(first), 5);
    expect(sums([3, 23], numbers, [bySeven, nested], [nested.add(bySeven).sub(second)])).toEqual([]);
  });

  test('the same for neighbours, in columns of two dims', () => {
    const repeated = operand('float32', [3, 5, 23], (k) => k * 11, { strides: [5, 1, 0] });
    expect(sums([3, 5, 23], repeated, [bySeven], [bySeven.add(first)])).toEqual([]);
  });

  test('the same for a row', () => {
    const repeated = operand('float32', [3, 23], (k) => k * 11, { strides: [1, 0] });
    expect(sums([3, 23], repeated, [bySeven], [bySeven.add(first)])).toEqual([]);
  });
});

test('a dim longer than counters go is refused', async () => {
  const device = await openBackend(wasm({ threads: 1, budget: 2 ** 20 }));
  const message = 'wasm: a tensor of 4294967296 elements; kernels count to 2147475456. Split it.';
  expect(() => ones([1], { device }).expand([65536, 65536]).sum()).toThrow(new RangeError(message));
  expect(ones([1], { device }).expand([512, 512]).sum().itemSync()).toBe(2 ** 18);
  device.dispose();
});

test.each(dtypes)('%s: launches that share guards differ in what is outside', (dtype) => {
  const bits = (value: number): number => (dtype === 'bool' ? value & 1 : value); // prettier-ignore
  const guards = [{ coefficients: [1], start: -2, step: 1, size: 5, stride: 1 }];
  for (const fill of [1, 0, ...(dtype === 'bool' ? [] : [200])]) {
    const from = operand(dtype, [9], (k) => bits(k), { strides: [0], length: 5, guards, fill });
    const to = operand(dtype, [9], () => bits(3));
    const made = program<LoopProgram>({
      kind: 'loop',
      rowRank: 1,
      columnRank: 0,
      inputs: [from.type],
      scalars: [],
      stages: [],
      outputs: [{ ...to.type, per: 'element', expr: input(0, dtype) }],
      checks: [],
    });
    expect(differences({ program: made, sizes: [9], scalars: [], operands: [from, to] })).toEqual([]);
  }
});
