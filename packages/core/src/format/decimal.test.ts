import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixed, maxDigits, scientific } from './decimal.ts';

/** numerator / 64 to `digits` decimals, half to even, in integers. */
function exactly(numerator: number, digits: number): string {
  const scaled = BigInt(Math.abs(numerator)) * 10n ** BigInt(digits);
  const [whole, rest] = [scaled / 64n, scaled % 64n];
  const kept = rest > 32n || (rest === 32n && whole % 2n === 1n) ? whole + 1n : whole;
  const text = kept.toString().padStart(digits + 1, '0');
  return (numerator < 0 ? '-' : '') + (digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text);
}

describe('fixed', () => {
  test('rounds every 64th exactly, ties to even', () => {
    for (let numerator = -700; numerator <= 700; numerator++) {
      for (let digits = 0; digits <= 7; digits++) {
        expect(fixed(numerator / 64, digits)).toBe(exactly(numerator, digits));
      }
    }
  });

  test('is as near as decimals can be', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 9 }), (x, digits) => {
        const error = Math.abs(Number(fixed(x, digits)) - x);
        expect(error).toBeLessThanOrEqual(0.5 * 10 ** -digits + 2e-10 * 10 ** -digits + Math.abs(x) * 2 ** -52);
      }),
    );
  });

  test.each([
    [NaN, 2, 'nan'],
    [-Infinity, 2, '-inf'],
    [-0, 2, '-0.00'],
    [-1e-9, 2, '-0.00'],
    [1e22, 0, '10000000000000000000000'],
    [-1e22, 2, '-10000000000000000000000.00'],
    [0.1, 20, '0.10000000000000000555'],
    [5e-324, maxDigits, `0.${'0'.repeat(maxDigits)}`],
  ])('%d with %i decimals', (x, digits, text) => {
    expect(fixed(x, digits)).toBe(text);
  });
});

describe('scientific', () => {
  test.each([
    [1, 4, '1.0000e+00'],
    [0, 4, '0.0000e+00'],
    [-0, 1, '-0.0e+00'],
    [2.5, 0, '2e+00'],
    [3.5, 0, '4e+00'],
    [9.5, 0, '1e+01'],
    [100005, 4, '1.0000e+05'],
    [100015, 4, '1.0002e+05'],
    [999995, 4, '1.0000e+06'],
    [-1.5e-7, 0, '-1e-07'],
    [1e100, 2, '1.00e+100'],
    [5e-324, 4, '4.9407e-324'],
    [Infinity, 4, 'inf'],
    [NaN, 4, 'nan'],
  ])('%d with %i decimals', (x, digits, text) => {
    expect(scientific(x, digits)).toBe(text);
  });
});
