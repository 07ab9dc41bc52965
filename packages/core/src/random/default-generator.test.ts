import { expect, test } from 'vitest';
import { defaultGenerator, getRngState, initialSeed, manualSeed, seed, setRngState } from './default-generator.ts';
import { Generator } from './generator.ts';

test('starts from a random seed, and from a given one after manualSeed', () => {
  expect(initialSeed()).not.toBe(new Generator().initialSeed());
  expect(manualSeed(20)).toBe(defaultGenerator());
  expect(initialSeed()).toBe(20n);
  expect(defaultGenerator().random()).toBe(new Generator().manualSeed(20).random());
});

test('is seeded at random on demand', () => {
  const drawn = seed();
  expect(initialSeed()).toBe(drawn);
  expect(defaultGenerator().random()).toBe(new Generator().manualSeed(drawn).random());
});

test('goes back to a state', () => {
  const state = getRngState();
  const first = defaultGenerator().random();
  setRngState(state);
  expect(defaultGenerator().random()).toBe(first);
});
