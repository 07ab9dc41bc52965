import { expect, test } from 'vitest';
import { errorOf, operand } from './tools.ts';

test('an error is told in units of the last place of the exact result', () => {
  expect(errorOf(1, 1)).toBe(0.5);
  expect(errorOf(1 + 2 ** -22, 1)).toBe(2);
  expect(errorOf(2 ** -148, 2 ** -149)).toBe(1);
  const largest = 3.4028234663852886e38;
  expect(errorOf(largest, largest + 2 ** 102)).toBe(0.5);
  for (const [result, exact] of [
    [0, -0], [NaN, 1], [1, NaN], [-1, 1], [Infinity, -Infinity], [largest, Infinity], [largest, 2 ** 128], [Infinity, largest],
    [-(2 ** -149), 2 ** -151], [2 ** -149, 2 ** -151], [0, 2 ** -149], [-0, 2 ** -151],
  ] as const) expect(errorOf(result, exact), `${result} for ${exact}`).toBe(Infinity); // prettier-ignore
});

test('where denormal numbers are flushed, 0 is right for them and for no others', () => {
  const flushing = (result: number, exact: number): number => errorOf(result, exact, { flushes: true });
  expect(flushing(0, 2 ** -127)).toBe(0.5);
  expect([flushing(0, 2 ** -126), flushing(2 ** -126, 0), flushing(0, -0)]).toEqual([Infinity, Infinity, Infinity]);
});

test('an operand has as many numbers as its walk reaches', () => {
  const value = (k: number): number => k + 1;
  expect(operand('float32', [2, 3], value)).toMatchObject({ type: { dtype: 'float32', strides: 's1', guards: [] }, offset: 0, strides: [3, 1] }); // prettier-ignore
  const { data, offset, type } = operand('float16', [2, 3], value, { strides: [-4, 0] });
  expect([Array.from(data), offset, type.strides]).toEqual([[0x3c00, 0x4000, 0x4200, 0x4400, 0x4500], 4, 's0']);
  expect(operand('int32', [0, 3], value).data).toHaveLength(3);
  expect(operand('int32', [], value, { length: 7 }).data).toHaveLength(7);
});
