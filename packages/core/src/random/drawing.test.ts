// Random tensors against PyTorch: what a seed gives, and where the generator is afterwards.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import '../methods.ts';
import * as core from '../index.ts';
import { reference } from '../testing/index.ts';

interface Encoded {
  readonly dtype: core.DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | boolean)[];
}

interface Case {
  readonly name: string;
  readonly seed: number;
  readonly op: string;
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly expected: Encoded;
  readonly next: number;
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/ops/drawing.json', import.meta.url), 'utf8'),
);

const isEncoded = (value: unknown): value is Encoded => typeof value === 'object' && value !== null && 'data' in value;
const decode = (value: unknown): unknown =>
  isEncoded(value) ? core.tensor(value.data.map(Number), { dtype: value.dtype, shape: value.shape }) : value;

type Call = (...args: unknown[]) => core.Tensor;

beforeAll(async () => {
  await core.useBackend(reference());
});

describe('what a seed gives', () => {
  test.each(cases)('$name', ({ seed, op, args, options, expected, next }) => {
    const [first, ...rest] = args.map(decode);
    const given = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, decode(value)]));
    const after = Object.keys(given).length > 0 ? [given] : [];
    core.manualSeed(seed);
    const fn = (core as unknown as Record<string, Call>)[op];
    const made = fn
      ? fn(first, ...rest, ...after)
      : ((first as unknown as Record<string, Call>)[op] as Call).call(first, ...rest, ...after);
    expect([made.dtype, made.shape]).toEqual([expected.dtype, expected.shape]);
    const isNormal = op === 'normal' || op === 'randnLike';
    const tolerance = !isNormal ? 0 : expected.dtype === 'float64' ? 1e-12 : 2e-6;
    const actual = Array.from(made.dataSync());
    const wrong = actual.filter((value, i) => {
      const want = Number(expected.data[i]);
      return !(
        Math.abs(value - (expected.dtype === 'float32' ? Math.fround(want) : want)) <=
        tolerance * Math.max(1, Math.abs(want))
      );
    });
    expect(wrong).toEqual([]);
    expect(core.rand([], { dtype: 'float64' }).itemSync()).toBe(next);
  });
});

describe('what is refused', () => {
  const of = (...values: number[]) => core.tensor(values);
  test.each([
    [() => core.poisson(of(1, -1)), 'poisson: the rate -1 at 1 is not >= 0. Pass rates, for example an exponential.'],
    [() => core.poisson(of(1).to('int32')), 'poisson: it draws floats, not int32. Use a float dtype, or randint.'],
    [() => core.binomial(of(-2), of(0.5)), 'binomial: the count -2 at 0 is not >= 0. Pass numbers of trials.'],
    [
      () => core.binomial(of(2), of(1.5)),
      'binomial: the probability 1.5 at 0 is not between 0 and 1. Pass probabilities.',
    ],
    [
      () => core.binomial(of(2), of(0.5).double()),
      'binomial: counts are float32, probabilities float64. Both must be float32, or both float64.',
    ],
    [() => core.normal(of(0, 0), of(1, -1)), 'normal: the standard deviation -1 is not >= 0. Pass ones that are.'],
    [
      () => core.bernoulli(of(0.5), { p: 2 }),
      'bernoulli_: the probability 2 is not between 0 and 1. Pass one that is.',
    ],
  ])('%#', (run, message) => {
    expect(run).toThrow(message);
  });
});
