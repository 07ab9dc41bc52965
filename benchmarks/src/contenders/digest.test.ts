import { expect, test } from 'vitest';
import { digest, travelled } from './digest.ts';

const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));

test('the digest changes with scale, sign, order and position', () => {
  const [rms, pattern] = digest(values);
  expect(rms).toBeCloseTo(Math.SQRT1_2, 3);
  expect(digest(values.map((x) => 2 * x))).toEqual([expect.closeTo(2 * rms, 9), expect.closeTo(pattern, 9)]);
  for (const other of [values.map((x) => -x), values.toReversed(), values.subarray(1)]) {
    expect(Math.abs(digest(other)[1] - pattern)).toBeGreaterThan(1e-3);
  }
});

test('the digest tells NaN and takes any list of numbers', () => {
  expect(digest([1, Number.NaN])[0]).toBeNaN();
  expect(digest([2, 2])[0]).toBe(2);
});

test('of a parameter its way counts, not its start', () => {
  const start = Float32Array.of(1, -2);
  expect([...travelled(Float32Array.of(1.25, -2.5), start, 0.25)]).toEqual([1, -2]);
});
