import { expect, test } from 'vitest';
import { tensor, useBackend, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

await useBackend(checked(reference()));

test('bounds of integers may lie beyond them, where they bound nothing', () => {
  const bytes = (): Tensor => tensor([0, 7, 255], { dtype: 'uint8' });
  expect(bytes().clamp({ min: -1 }).toArraySync()).toEqual([0, 7, 255]);
  expect(bytes().clamp({ min: 3, max: 300 }).toArraySync()).toEqual([3, 7, 255]);
  expect(tensor([-5, 5], { dtype: 'int32' }).clamp_({ min: -3e9, max: 3e9 }).toArraySync()).toEqual([-5, 5]);
  expect(() => bytes().clamp({ min: 300 })).toThrow('clamp: min 300 is no uint8. Use one from 0 to 255.');
  expect(() => bytes().clamp_({ max: -5 })).toThrow('clamp: max -5 is no uint8.');
  expect(bytes().clamp({ min: -0.5 }).dtype).toBe('float32');
});
