import { expect, test } from 'vitest';
import { PlanCache } from './plan-cache.ts';

test('what was asked for last is remembered, and what is forgotten is told', () => {
  const forgotten: number[] = [];
  const cache = new PlanCache<number>((value) => forgotten.push(value));
  const get = (size: number): number => cache.get([size], [], undefined, () => size + 0.5);
  for (let size = 0; size < 32; size++) get(size);
  expect(get(0)).toBe(0.5);
  expect(forgotten).toEqual([]);
  get(32);
  get(33);
  expect(forgotten).toEqual([1.5, 2.5]);
});
