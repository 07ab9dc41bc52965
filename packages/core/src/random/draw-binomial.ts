import type { TypedArray } from '../kernel/dtype.ts';
import { ValueError } from '../errors.ts';
import { fillHost, floatFormats, type FloatDType } from './fill-host.ts';
import type { Generator } from './generator.ts';
import { stirlingTail } from './ln-factorial.ts';

/**
 * For each number of trials and probability of success how many succeed, in the arithmetic of `dtype`. Throws a ValueError for
 * counts that are not ≥ 0 and probabilities that are not between 0 and 1.
 * https://pytorch.org/docs/1.13/generated/torch.binomial.html
 */
export function drawBinomial(
  generator: Generator,
  dtype: Exclude<FloatDType, 'float16'>,
  counts: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): TypedArray {
  const { round } = floatFormats[dtype];
  for (let i = 0; i < counts.length; i++) {
    const [count = 0, p = 0] = [counts[i], probabilities[i]];
    if (!(count >= 0))
      throw new ValueError('binomial', `the count ${count} at ${i} is not >= 0. Pass numbers of trials.`);
    if (!(p >= 0 && p <= 1)) {
      throw new ValueError('binomial', `the probability ${p} at ${i} is not between 0 and 1. Pass probabilities.`);
    }
  }
  return fillHost(dtype, counts.length, (i) => {
    const [count = 0, p = 0] = [counts[i], probabilities[i]];
    if (count <= 0 || p <= 0) return 0;
    if (p >= 1) return count;
    const found = successes(generator, count, p <= 0.5 ? p : round(1 - p), round);
    return p <= 0.5 ? found : count - found;
  });
}

type Round = (x: number) => number;

const successes = (generator: Generator, count: number, p: number, round: Round): number =>
  round(count * p) >= 10 ? byRejection(generator, count, p, round) : byWaiting(generator, count, p, round);

/** How many waiting times for a success, geometric numbers, fit into the trials. */
function byWaiting(generator: Generator, count: number, p: number, round: Round): number {
  const lnFailure = round(Math.log1p(-p));
  let found = 0;
  for (let spent = 0; ; found++) {
    const waited = Math.ceil(round(round(Math.log(round(generator.uniform()))) / lnFailure));
    spent = round(spent + waited);
    if (spent > count) return found;
  }
}

/** W. Hörmann, "The generation of binomial random variates" (1993), algorithm BTRS. */
function byRejection(generator: Generator, count: number, p: number, round: Round): number {
  const deviation = Math.sqrt(count * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const center = count * p + 0.5;
  const certain = 0.92 - 4.2 / b;
  const odds = p / (1 - p);
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((count + 1) * p);
  for (;;) {
    const u = round(generator.uniform()) - 0.5;
    const v = round(generator.uniform());
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + center);
    if (us >= 0.07 && v <= certain) return k;
    if (k < 0 || k > count) continue;
    const hat = Math.log((v * alpha) / (a / (us * us) + b));
    const bound =
      (mode + 0.5) * Math.log((mode + 1) / (odds * (count - mode + 1))) +
      (count + 1) * Math.log((count - mode + 1) / (count - k + 1)) +
      (k + 0.5) * Math.log((odds * (count - k + 1)) / (k + 1)) +
      stirlingTail(mode) +
      stirlingTail(count - mode) -
      stirlingTail(k) -
      stirlingTail(count - k);
    if (hat <= bound) return k;
  }
}
