import { expect, test } from 'vitest';
import { compare, countingRounds, median, quantile, summarize, type Turn } from './statistics.ts';

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
  expect(compare([quiet(200), quiet(100), quiet(20)], base)).toEqual({ ratio: 2, shared: 3 });
  expect(compare([quiet(200)], base)).toEqual({ ratio: 2, shared: 1 });
  expect(compare(base, base)).toEqual({ ratio: 1, shared: 3 });
});

test('a ratio is that of the medians where few rounds are shared', () => {
  expect(compare([quiet(30), noisy(1)], [noisy(1), quiet(10)])).toEqual({ ratio: 3, shared: 0 });
  const mine = [...Array.from({ length: 4 }, () => quiet(100)), noisy(1), noisy(1), noisy(1)];
  const theirs = [noisy(1), noisy(1), noisy(1), quiet(30), quiet(100), quiet(100), quiet(100)];
  expect(compare(mine, theirs)).toEqual({ ratio: 1, shared: 1 });
});
