import { expect, test } from 'vitest';
import { PlanCache } from './plan-cache.ts';

test('finds a plan by what its key lists, not by which lists they are', () => {
  const cache = new PlanCache<string>();
  cache.add([1, 'float32', [2, 3], [3, 1]], 'a');
  expect(cache.find([1, 'float32', [2, 3], [3, 1]])).toBe('a');
  for (const other of [
    [0, 'float32', [2, 3], [3, 1]],
    [1, 'float64', [2, 3], [3, 1]],
    [1, 'float32', [2, 4], [3, 1]],
    [1, 'float32', [2, 3], [1, 2]],
    [1, 'float32', [2, 3, 1], [3, 1]],
    [1, 'float32', [2, 3]],
    [1, 'float32', 2, [3, 1]],
  ])
    expect(cache.find(other)).toBe(undefined);
});

test('does not mind what becomes of the lists it was given', () => {
  const cache = new PlanCache<string>();
  const shape = [2, 3];
  cache.add([shape], 'a');
  shape[0] = 4;
  expect(cache.find([[4, 3]])).toBe(undefined);
  expect(cache.find([[2, 3]])).toBe('a');
});

test('keeps a bounded number, the latest', () => {
  const cache = new PlanCache<number>(8);
  for (let n = 1; n <= 20; n++) cache.add([[n]], n);
  expect(Array.from({ length: 20 }, (_, k) => cache.find([[k + 1]]))).toEqual([
    ...new Array<undefined>(12).fill(undefined),
    ...Array.from({ length: 8 }, (_, k) => k + 13),
  ]);
});
