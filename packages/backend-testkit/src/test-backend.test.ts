import { afterEach, expect, test, vi } from 'vitest';
import { planTests, skipReasons } from './backend-test.ts';
import { entries } from './entries.ts';
import { testBackend } from './test-backend.ts';
import { expectClose, standardTolerances } from './tolerance.ts';

afterEach(() => void vi.unstubAllEnvs());

const create = (): never => {
  throw new Error('not here');
};

test('names of tests are unique', () => {
  expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
});

test('a skip leaves out a test by its name, or all whose name begins so', () => {
  const left = (names: string[]): string[] => [...skipReasons(entries, [{ reason: 'why', tests: names }]).keys()].map(({ name }) => name); // prettier-ignore
  expect(left(['sin: values'])).toEqual(['sin: values']);
  expect(left(['sin'])).toEqual(expect.arrayContaining(['sin: values', 'sin: special values', 'sin: layouts']));
  expect(left(['sin'])).not.toContain('sinh: values');
});

test('a skip that names no test is an error', () => {
  const skip = [{ reason: 'none', tests: ['sinus: values'] }];
  expect(() => testBackend({ name: 'x', create, skip })).toThrow(
    'skip names "sinus: values", and there is no such test',
  );
});

test('layouts and gradients can be left out of a variant', () => {
  const left = planTests({ name: 'x', create, brief: true }).tests;
  const out = entries.filter((entry) => !left.includes(entry)).map(({ name }) => name);
  expect(out.length).toBeGreaterThan(100);
  expect(out.filter((name) => !/: (layouts|gradients|gradcheck and gradgradcheck)$/.test(name))).toEqual([]);
});

test('REQUIRE_BACKENDS refuses to pass over a backend that is not there', () => {
  vi.stubEnv('REQUIRE_BACKENDS', 'cpu, gpu');
  expect(() => testBackend({ name: 'gpu', create, unavailable: 'no adapter' })).toThrow(
    'REQUIRE_BACKENDS asks for "gpu", and there is none here: no adapter',
  );
});

testBackend({ name: 'a backend that this machine has not', create, unavailable: 'it is made up' });

test('a result is close where every element is', () => {
  const close = (actual: number[], expected: number[]): void =>
    expectClose('y', 'float32', Float32Array.from(actual), Float32Array.from(expected), standardTolerances.float32);
  close([1, NaN, Infinity, -0], [1 + 5e-6, NaN, Infinity, 0]);
  expect(() => close([1.0001], [1])).toThrow(/y: element 0 of 1 \(float32\) is 1.000\d*, the reference has 1/);
  expect(() => close([Infinity], [1])).toThrow('the reference has 1');
  expect(() => close([3e38], [Infinity])).toThrow('the reference has Infinity');
  expect(() => close([1], [NaN])).toThrow('the reference has NaN');
  expect(() => close([1], [1, 2])).toThrow('1 elements, the reference has 2');
});
