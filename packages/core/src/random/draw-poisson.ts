import { ValueError } from '../errors.ts';
import type { TypedArray } from '../kernel/dtype.ts';
import { fillHost, type FloatDType } from './fill-host.ts';
import type { Generator } from './generator.ts';
import { lnFactorial } from './ln-factorial.ts';

/**
 * For each rate (decoded, if float16) a Poisson number, drawn with float64 uniforms. Throws a ValueError naming the first rate
 * that is not ≥ 0. https://pytorch.org/docs/1.13/generated/torch.poisson.html
 */
export function drawPoisson(generator: Generator, dtype: FloatDType, rates: ArrayLike<number>): TypedArray {
  const wrong = Array.prototype.findIndex.call(rates, (rate: number) => !(rate >= 0));
  if (wrong >= 0) {
    throw new ValueError(
      'poisson',
      `the rate ${rates[wrong]} at ${wrong} is not >= 0. Pass rates, for example an exponential.`,
    );
  }
  return fillHost(dtype, rates.length, (i) => {
    const rate = rates[i] ?? 0;
    return rate === 0 ? 0 : rate < 10 ? byProducts(generator, rate) : byRejection(generator, rate);
  });
}

/** How many uniforms can be multiplied before their product falls to e^−rate. */
function byProducts(generator: Generator, rate: number): number {
  const limit = Math.exp(-rate);
  let count = 0;
  for (let product = generator.uniform(); product > limit; product *= generator.uniform()) count++;
  return count;
}

/** W. Hörmann, "The transformed rejection method for generating Poisson random variables" (1993), algorithm PTRS. */
function byRejection(generator: Generator, rate: number): number {
  const lnRate = Math.log(rate);
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const certain = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = generator.uniform() - 0.5;
    const v = generator.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= certain) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const hat = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (hat <= -rate + k * lnRate - lnFactorial(k)) return k;
  }
}
