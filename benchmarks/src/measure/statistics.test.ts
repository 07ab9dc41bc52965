import { expect, test } from 'vitest';
import { countingRounds, median, quantile, ratio, summarize, type Turn } from './statistics.ts';

const quiet = (rate: number): Turn => ({ rate, quiet: true });
const noisy = (rate: number): Turn => ({ rate, quiet: false });

test('medians and quantiles lie between neighbours where they have to', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20);
  expect(quantile([7], 0.75)).toBe(7);
  expect(median([])).toBeNaN();
  expect(median([Infinity, Infinity])).toBe(Infinity);
});

test('one wild round does not move the summary', () => {
  const summary = summarize([quiet(100), quiet(101), quiet(1), quiet(102), quiet(99)]);
  expect(summary).toEqual({ median: 100, low: 99, high: 101, rounds: 5, noisy: 0 });
});

test('disturbed rounds are left out as long as half are quiet, and counted and told after that', () => {
  expect(summarize([quiet(10), noisy(1), quiet(12), noisy(2)])).toMatchObject({ median: 11, rounds: 2, noisy: 0 });
  expect(summarize([quiet(10), noisy(4), noisy(2)])).toMatchObject({ median: 4, rounds: 3, noisy: 2 });
  expect(countingRounds([undefined, quiet(1), undefined, noisy(1)])).toEqual([1]);
});

test('ratios compare within a round: a machine that slows down slows both', () => {
  const base = [quiet(100), quiet(50), quiet(10)];
  expect(ratio([quiet(200), quiet(100), quiet(20)], base)).toBe(2);
  expect(ratio([quiet(200)], base)).toBe(2);
  expect(ratio(base, base)).toBe(1);
});

test('a ratio without a shared round is that of the medians', () => {
  expect(ratio([quiet(30), noisy(1)], [noisy(1), quiet(10)])).toBe(3);
});
