import { ones, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { expect, expectTypeOf, test } from 'vitest';
import { defaultConvert } from './default-convert.ts';

await useBackend(reference());

test('typed arrays become tensors, wherever they are, and all else stays', async () => {
  const x = ones([2]);
  const found = defaultConvert({ x, parts: [new Float64Array([1, 2]), 'name'] as const, label: 3, none: null });
  expectTypeOf(found.parts[0]).toEqualTypeOf<Tensor>();
  expect(found.x).toBe(x);
  expect(found.parts[0].dtype).toBe('float64');
  expect(await found.parts[0].toArray()).toEqual([1, 2]);
  expect([found.parts[1], found.label, found.none]).toEqual(['name', 3, null]);
});

test('what is neither data nor a container of it is handed on', () => {
  const when = new Date(0);
  expect(defaultConvert(when)).toBe(when);
  expect(defaultConvert([])).toEqual([]);
});
