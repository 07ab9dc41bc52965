import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test('a letter too much, too few, another, or two that are swapped', () => {
  const names = ['epochs', 'momentum', 'lr'];
  for (const typed of ['epoch', 'epochss', 'epocks', 'epohcs', 'EPOCHS']) expect(nearest(typed, names)).toBe('epochs');
  expect(nearest('rl', names)).toBe('lr');
  expect(nearest('colour', names)).toBeUndefined();
  expect(nearest('', names)).toBeUndefined();
  expect(nearest('lr', [])).toBeUndefined();
});

test('a name is nearest to itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, selector: (name) => name.toLowerCase() }), (names) => {
      for (const name of names) expect(nearest(name, names)).toBe(name);
    }),
  ); // prettier-ignore
});
