import { expect, test } from 'vitest';
import { disagreement } from './agreement.ts';

const checks = [1, 2, 5];

test('trajectories agree within the tolerance of the larger number', () => {
  expect(disagreement([[2.3], [2.1], [1]], [[2.3], [2.1], [1.0009]], checks, 1e-3)).toBeUndefined();
  expect(disagreement([[0]], [[0]], checks, 1e-3)).toBeUndefined();
});

test('a difference names the step and both numbers', () => {
  expect(disagreement([[2.3], [2.1], [1]], [[2.3], [2.1], [1.1]], checks, 1e-3)).toBe(
    '1 after step 5 where 1.1 is expected',
  );
  expect(disagreement([[1e-9]], [[2e-9]], checks, 1e-3)).toBe('1e-9 after step 1 where 2e-9 is expected');
});

test('a slow contender is compared as far as it came', () => {
  expect(disagreement([[2.3]], [[2.3], [2.1], [1]], checks, 1e-3)).toBeUndefined();
  expect(disagreement([], [[2.3]], checks, 1e-3)).toBeUndefined();
});

test('NaN agrees with nothing, not even with NaN; neither do missing outputs', () => {
  expect(disagreement([[Number.NaN]], [[2.3]], checks, 1e-3)).toBe('NaN after step 1 where 2.3 is expected');
  expect(disagreement([[Number.NaN]], [[Number.NaN]], checks, 1e-3)).toBe('NaN after step 1 where NaN is expected');
  expect(disagreement([[Infinity]], [[Infinity]], checks, 1e-3)).toMatch('Infinity after step 1');
  expect(disagreement([[1, 2]], [[1, 2, 3]], checks, 1e-3)).toBe('2 numbers after step 1 where 3 are expected');
});
