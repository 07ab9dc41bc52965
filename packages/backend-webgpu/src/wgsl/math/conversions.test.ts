// Conversions, on a device: every number where rounding changes its mind.

import { castValue, fromFloat16Bits, toFloat16Bits, type DType, type TypedArray } from '@rushlight/core/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoDriver } from '../../testing/driver.ts';
import { openWebGpu, type WebGpuBackend } from '../../webgpu.ts';
import { applyCast } from '../operations.ts';
import { mapped } from './mapped.ts';

const unavailable = whyNoDriver();

let backend: WebGpuBackend;
beforeAll(async () => {
  if (unavailable === undefined) backend = await openWebGpu({ budget: 2 ** 28 });
});
afterAll(() => backend?.dispose());

/** Every half that is no NaN, what lies midway to the next, and their neighbours in float32. */
function halves(): Float32Array {
  const values: number[] = [NaN, Infinity, -Infinity];
  for (let bits = 0; bits < 0x7c00; bits++) {
    const x = fromFloat16Bits(bits);
    const next = bits === 0x7bff ? 65536 : fromFloat16Bits(bits + 1);
    const middle = (x + next) / 2;
    values.push(x, -x, middle, -middle, middle * (1 + 2 ** -23), middle * (1 - 2 ** -23));
  }
  return Float32Array.from(values);
}

/** Where integers end, and numbers of every exponent but those of denormal numbers. */
function anyNumbers(): Float32Array {
  const ends = [0, -0, NaN, Infinity, -Infinity, 0.99, -0.99, 255.5, 256, -1, -256.5, 2 ** 31, 2 ** 31 - 128, -(2 ** 31), -(2 ** 31) - 256, 3e38, -3e38, 1e-37]; // prettier-ignore
  const random = Uint32Array.from({ length: 4096 }, (_, k) => Math.imul(k + 1, 2654435761) >>> 0);
  return Float32Array.from(
    [...ends, ...new Float32Array(random.buffer)].filter((x) => !(Math.abs(x) < 2 ** -126 && x !== 0)),
  );
}

const cast = (data: TypedArray, from: DType, to: DType, held = to): Promise<TypedArray> =>
  mapped(backend, (shader, x = '') => applyCast(shader, from, to, x), [data], from, held);

/** The first that differs, told apart by the sign of zero. */
function difference(xs: TypedArray, actual: TypedArray, expected: (x: number) => number): string | undefined {
  const k = xs.findIndex((x, n) => !Object.is(actual[n], expected(x)));
  return k < 0 ? undefined : `${xs[k]} became ${actual[k]}, not ${expected(xs[k] ?? 0)}`;
}

describe.skipIf(unavailable !== undefined)('on a device', () => {
  test('float32 is rounded to the nearest half, of two to the even one', async () => {
    for (const xs of [halves(), anyNumbers()]) {
      const rounded = await cast(xs, 'float32', 'float16', 'float32');
      expect(difference(xs, rounded, (x) => castValue(x, 'float16'))).toBeUndefined();
    }
  });

  test('halves are stored and loaded as they are', async ({ skip }) => {
    skip(!backend.limits.dtypes.includes('float16'), 'the device has no float16');
    const xs = halves();
    const stored = await cast(xs, 'float32', 'float32', 'float16');
    const isNan = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;
    expect(difference(xs, stored.map((bits) => (isNan(bits) ? 0x7e00 : bits)), toFloat16Bits)).toBeUndefined(); // prettier-ignore
    const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    expect(difference(all, await cast(all, 'float16', 'float32'), fromFloat16Bits)).toBeUndefined();
    const back = await cast(all, 'float16', 'float16');
    expect(back.map((bits) => (isNan(bits) ? 0x7e00 : bits))).toEqual(all.map((bits) => (isNan(bits) ? 0x7e00 : bits)));
  });

  test.each(['int32', 'uint8', 'bool'] as const)('floats are truncated and saturated to %s', async (to) => {
    const xs = anyNumbers();
    expect(difference(xs, await cast(xs, 'float32', to), (x) => castValue(x, to))).toBeUndefined();
  });

  test('integers become the nearest float', async () => {
    const random = Int32Array.from({ length: 4096 }, (_, k) => Math.imul(k + 1, 2654435761));
    const xs = Int32Array.from([...random, 0, 1, -1, 16777217, 16777219, 2147483647, -2147483648]);
    expect(difference(xs, await cast(xs, 'int32', 'float32'), Math.fround)).toBeUndefined();
    expect(difference(xs, await cast(xs, 'int32', 'float16', 'float32'), (x) => castValue(x, 'float16'))).toBeUndefined(); // prettier-ignore
  });
});
