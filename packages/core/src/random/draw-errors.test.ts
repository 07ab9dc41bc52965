import { expect, test } from 'vitest';
import { ValueError } from '../errors.ts';
import { drawBernoulli, drawBernoulliEach } from './draw-bernoulli.ts';
import { drawCauchy, drawExponential, drawGeometric, drawLogNormal } from './draw-by-inversion.ts';
import { drawIntegers, drawPermutation } from './draw-integers.ts';
import { drawMultinomial } from './draw-multinomial.ts';
import { drawNormal } from './draw-normal.ts';
import { drawUniform } from './draw-uniform.ts';
import { Generator } from './generator.ts';

const g = new Generator();

test.each<[string, () => unknown]>([
  ['uniform_: from 2 is greater than to 1. Pass from <= to.', () => drawUniform(g, 'float32', 0, 2, 1)],
  ['uniform_: from NaN is greater than to 1. Pass from <= to.', () => drawUniform(g, 'float32', 3, NaN, 1)],
  [
    'uniform_: [-70000, 0) is wider than float16 reaches. Keep from, to and to - from within ±65504.',
    () => drawUniform(g, 'float16', 3, -70000, 0),
  ],
  ['uniform_: [-1e+308, 1e+308) is wider than float64 reaches.', () => drawUniform(g, 'float64', 3, -1e308, 1e308)],
  ['normal_: the standard deviation -1 is not >= 0. Pass one that is.', () => drawNormal(g, 'float32', 3, 0, -1)],
  ['logNormal_: the standard deviation 0 is not > 0. Pass one that is.', () => drawLogNormal(g, 'float32', 3, 0, 0)],
  ['randint: low 5 is not less than high 5. Swap or widen them.', () => drawIntegers(g, 'int32', 3, 5, 5)],
  ['randint: low 256 is not less than high 256. Swap or widen them.', () => drawIntegers(g, 'uint8', 3, 256)],
  [
    'randint: the bound 1.5 is not an integer that a number holds exactly.',
    () => drawIntegers(g, 'float32', 3, 0, 1.5),
  ],
  [
    'randint: [0, 300) leaves uint8, which holds 0 to 255. Choose a wider dtype.',
    () => drawIntegers(g, 'uint8', 3, 0, 300),
  ],
  ['randint: [-1, 2) leaves bool, which holds 0 to 1. Choose a wider dtype.', () => drawIntegers(g, 'bool', 3, -1, 2)],
  [
    'randint: [0, 2147483653) leaves int32, which holds -2147483648 to 2147483647.',
    () => drawIntegers(g, 'int32', 3, 0, 2 ** 31 + 5),
  ],
  ['randint: [0, 65506) leaves float16, which holds -65504 to 65504.', () => drawIntegers(g, 'float16', 3, 0, 65506)],
  [
    'randint: float32 holds no number in [33554433, 33554434).',
    () => drawIntegers(g, 'float32', 3, 2 ** 25 + 1, 2 ** 25 + 2),
  ],
  ['randperm: the length -1 is not a count. Pass an integer >= 0.', () => drawPermutation(g, 'int32', -1)],
  ['randperm: the length 2.5 is not a count. Pass an integer >= 0.', () => drawPermutation(g, 'int32', 2.5)],
  ['randperm: uint8 counts to 255, not to 299. Choose a wider dtype.', () => drawPermutation(g, 'uint8', 300)],
  ['bernoulli_: the probability 2 is not between 0 and 1. Pass one that is.', () => drawBernoulli(g, 'float32', 3, 2)],
  [
    'bernoulli_: the probability NaN is not between 0 and 1. Pass one that is.',
    () => drawBernoulli(g, 'float32', 3, NaN),
  ],
  [
    'bernoulli: the probability 1.5 at 1 is not between 0 and 1.',
    () => drawBernoulliEach(g, 'float32', [0.5, 1.5, -1], 'float32'),
  ],
  [
    'bernoulli: the probability NaN at 0 is not between 0 and 1.',
    () => drawBernoulliEach(g, 'float32', Float32Array.of(NaN), 'float32'),
  ],
  ['exponential_: the rate -1 is not >= 0. Pass one that is.', () => drawExponential(g, 'float32', 3, -1)],
  [
    'geometric_: the probability 1 is not between 0 and 1. Pass one that is, neither 0 nor 1.',
    () => drawGeometric(g, 'int32', 3, 1),
  ],
  ['multinomial: 0 samples are asked for. Ask for at least 1.', () => drawMultinomial(g, 'float32', [1], 1, 0)],
  [
    'multinomial: 3 samples of 2 categories without replacement. Ask for fewer, or set { replacement: true }.',
    () => drawMultinomial(g, 'float32', [1, 1], 2, 3),
  ],
  [
    'multinomial: the weight -1 at row 1, category 0 is not a finite number >= 0.',
    () => drawMultinomial(g, 'float32', [1, 1, -1, 1], 2, 1),
  ],
  [
    'multinomial: the weight Infinity at row 0, category 1 is not a finite number >= 0.',
    () => drawMultinomial(g, 'float32', [1, Infinity], 2, 1, { replacement: true }),
  ],
  [
    'multinomial: all 2 weights of row 1 are zero. Give at least one category a weight.',
    () => drawMultinomial(g, 'float32', [1, 1, 0, 0], 2, 1),
  ],
])('%s', (message, call) => {
  const before = g.getState();
  expect(call).toThrow(ValueError);
  expect(call).toThrow(message);
  expect(g.getState()).toEqual(before);
});

test('an exponential of rate 0 never arrives, and a Cauchy of width 0 is its median', () => {
  expect(Array.from(drawExponential(g, 'float32', 2, 0))).toEqual([Infinity, Infinity]);
  expect(Array.from(drawCauchy(g, 'float64', 2, 7, 0))).toEqual([7, 7]);
});

test('a category of weight zero is drawn only when the others are used up', () => {
  for (let i = 0; i < 50; i++) {
    expect(Array.from(drawMultinomial(g, 'float32', [0, 1, 0, 2], 4, 2)).sort()).toEqual([1, 3]);
    expect(drawMultinomial(g, 'float32', [0, 1, 0], 3, 8, { replacement: true }).every((c) => c === 1)).toBe(true);
  }
});

test('no rows of weights give no samples', () => {
  expect(drawMultinomial(g, 'float32', [], 3, 2)).toEqual(new Int32Array(0));
});
