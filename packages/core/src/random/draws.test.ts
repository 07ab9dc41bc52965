// Every draw against PyTorch: shuffled sequences of all kinds and sizes from one generator, so that a draw that takes one
// number too many spoils everything after it.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DType, TypedArray } from '../kernel/dtype.ts';
import { fromFloat16Bits } from '../kernel/float16.ts';
import { drawBernoulli, drawBernoulliEach } from './draw-bernoulli.ts';
import { drawCauchy, drawExponential, drawGeometric, drawLogNormal } from './draw-by-inversion.ts';
import { drawIntegers, drawPermutation, drawSeed } from './draw-integers.ts';
import { drawMultinomial } from './draw-multinomial.ts';
import { drawNormal } from './draw-normal.ts';
import { drawUniform } from './draw-uniform.ts';
import type { FloatDType } from './fill-host.ts';
import { Generator } from './generator.ts';

interface Step {
  draw: string;
  dtype: DType;
  size: number;
  args: (number | boolean | null)[];
  values: number[];
  hash?: number;
  next: number;
}

interface Fixture {
  programs: { seed: string; steps: Step[] }[];
  loaders: { given: boolean; dropLast: boolean; epochs: number[][][]; next: number }[];
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('../../fixtures/generator.json', import.meta.url), 'utf8'));

const eighths = (n: number) => Array.from({ length: n }, (_, i) => ((i * 3) % 8) / 8);

function draw(generator: Generator, step: Step): TypedArray {
  const { size } = step;
  const dtype = step.dtype as FloatDType;
  const numbers = step.args.map((arg) => (arg === null ? undefined : Number(arg)));
  const [a, b] = numbers;
  const first = a ?? NaN;
  switch (step.draw) {
    case 'uniform':
      return drawUniform(generator, dtype, size, a, b);
    case 'normal':
      return drawNormal(generator, dtype, size, a, b);
    case 'integers':
      return drawIntegers(generator, step.dtype, size, a, b);
    case 'permutation':
      return drawPermutation(generator, step.dtype, size);
    case 'bernoulli':
      return drawBernoulli(generator, step.dtype, size, a);
    case 'bernoulliEach':
      return drawBernoulliEach(generator, step.dtype, eighths(size), dtype);
    case 'exponential':
      return drawExponential(generator, dtype, size, a);
    case 'geometric':
      return drawGeometric(generator, step.dtype, size, first);
    case 'cauchy':
      return drawCauchy(generator, dtype, size, a, b);
    case 'logNormal':
      return drawLogNormal(generator, dtype, size, a, b);
    case 'multinomial': {
      const weights = eighths(2 * size).map((w) => w + 0.125);
      const replacement = step.args[1] === true;
      return drawMultinomial(generator, dtype, weights, size, replacement ? first : Math.min(first, size), {
        replacement,
      });
    }
    default:
      throw new Error(`no draw is called ${step.draw}`);
  }
}

function fnv(array: TypedArray): number {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(array.buffer)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** The values that the fixture keeps of a draw: all, or the first two and the last two. */
function kept(array: TypedArray, step: Step): number[] {
  const values = Array.from(array, (v) =>
    step.dtype === 'float16' && step.draw !== 'multinomial' ? fromFloat16Bits(v) : v,
  );
  return values.length === step.values.length ? values : [...values.slice(0, 2), ...values.slice(-2)];
}

describe.each(fixture.programs)('the sequence of seed $seed', ({ seed, steps }) => {
  const generator = new Generator().manualSeed(BigInt(seed));
  test.each(
    steps.map(
      (step, i) => [`${i}: ${step.size} × ${step.draw} ${step.dtype} ${JSON.stringify(step.args)}`, step] as const,
    ),
  )('%s', (_, step) => {
    const array = draw(generator, step);
    const values = kept(array, step);
    // The fixture has the shortest decimals that read back to the same float32.
    const wanted = /float(16|32)/.test(step.dtype) ? step.values.map(Math.fround) : step.values;
    const approximate = step.hash === undefined && step.dtype !== 'float16';
    const tolerance = approximate ? (step.dtype === 'float64' ? 1e-13 : 1e-6) : 0;
    const near = (value: number, i: number) =>
      Math.abs(value - (wanted[i] ?? NaN)) <= tolerance * Math.max(1, Math.abs(value));
    expect(values.map((value, i) => (near(value, i) ? wanted[i] : value))).toEqual(wanted);
    expect(step.hash === undefined ? undefined : fnv(array)).toBe(step.hash);
    expect(generator.clone().random()).toBe(step.next);
  });
});

test.each(fixture.loaders)("a shuffling DataLoader's order, generator given: $given, dropLast: $dropLast", (loader) => {
  const shared = new Generator().manualSeed(loader.given ? 8 : 7);
  const epochs = loader.epochs.map(() => {
    drawSeed(shared);
    const own = loader.given ? shared : new Generator().manualSeed(drawSeed(shared));
    const order = Array.from(drawPermutation(own, 'int32', 11));
    // The sampler asks for another permutation to find that it has given out all of the first.
    drawPermutation(own, 'int32', 11);
    const batches = [order.slice(0, 4), order.slice(4, 8), order.slice(8)];
    return loader.dropLast ? batches.slice(0, 2) : batches;
  });
  expect(epochs).toEqual(loader.epochs);
  expect(shared.random()).toBe(loader.next);
});
