import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fma32, fma64 } from './fma.ts';

/** A finite number as significand · 2^exponent, exactly. */
function exact(x: number): [significand: bigint, exponent: number] {
  const bits = new BigUint64Array(Float64Array.of(x).buffer)[0] ?? 0n;
  const biased = Number((bits >> 52n) & 2047n);
  const fraction = bits & (2n ** 52n - 1n);
  const significand = biased ? fraction | (2n ** 52n) : fraction;
  return [x < 0 ? -significand : significand, Math.max(biased, 1) - 1075];
}

/** x·y + z in big integers, rounded once, half to even, to `digits` bits. */
function rounded(x: number, y: number, z: number, digits: number): number {
  const [xs, xe] = exact(x);
  const [ys, ye] = exact(y);
  const [zs, ze] = exact(z);
  const exponent = Math.min(xe + ye, ze);
  const sum = xs * ys * 2n ** BigInt(xe + ye - exponent) + zs * 2n ** BigInt(ze - exponent);
  const magnitude = sum < 0n ? -sum : sum;
  const drop = Math.max(0, magnitude.toString(2).length - digits);
  const unit = 2n ** BigInt(drop);
  const rest = magnitude % unit;
  let kept = magnitude / unit;
  if (2n * rest > unit || (2n * rest === unit && kept % 2n === 1n)) kept += 1n;
  return (sum < 0n ? -1 : 1) * Number(kept) * 2 ** (exponent + drop);
}

const float = fc
  .tuple(fc.float({ noNaN: true, min: -1, max: 1 }), fc.integer({ min: -30, max: 30 }))
  .map(([x, e]) => Math.fround(x) * 2 ** e);
const double = fc
  .tuple(fc.double({ noNaN: true, min: -1, max: 1 }), fc.integer({ min: -60, max: 60 }))
  .map(([x, e]) => x * 2 ** e);
/** Far enough from where products underflow. */
const ordinary = (least: number) => (x: number) => x === 0 || Math.abs(x) > least;

describe.each([
  { name: 'fma32', fma: fma32, operand: float.filter(ordinary(2 ** -30)), digits: 24 },
  { name: 'fma64', fma: fma64, operand: double.filter(ordinary(2 ** -100)), digits: 53 },
])('$name', ({ fma, operand, digits }) => {
  test('rounds once', () => {
    fc.assert(
      fc.property(operand, operand, operand, (x, y, z) => {
        expect(fma(x, y, z) + 0).toBe(rounded(x, y, z, digits) + 0);
      }),
      { numRuns: 2000 },
    );
  });

  test('rounds once where the sum cancels', () => {
    fc.assert(
      fc.property(operand, operand, fc.integer({ min: -4, max: 4 }), (x, y, ulps) => {
        const product = digits === 24 ? Math.fround(x * y) : x * y;
        const z = -product * (1 + ulps * 2 ** (1 - digits));
        const addend = digits === 24 ? Math.fround(z) : z;
        expect(fma(x, y, addend) + 0).toBe(rounded(x, y, addend, digits) + 0);
      }),
      { numRuns: 2000 },
    );
  });

  test('rounds halves to even', () => {
    const half = 2 ** -digits;
    expect(fma(1, 1, half)).toBe(1);
    expect(fma(half, 3, 1)).toBe(1 + 4 * half);
    // A little more than half, which two roundings take for half.
    expect(fma(half, 1 + 2 ** -20, 1)).toBe(1 + 2 * half);
    expect(fma(-half / 2, 1 + 2 ** -20, 1)).toBe(1 - half);
    expect(fma(-half / 2, 1, 1)).toBe(1);
  });
});

test('fma64 has room for huge operands', () => {
  expect(fma64(0.75, 2 ** 1023, -(2 ** 1022))).toBe(2 ** 1021);
  expect(fma64(1 / 3, 2 ** 1000, 1)).toBe(2 ** 1000 * (1 / 3));
});
