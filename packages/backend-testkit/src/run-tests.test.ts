import type { BackendFactory } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { expect, test } from 'vitest';
import type { BackendTest } from './backend-test.ts';
import { entries } from './entries.ts';
import { runTests, type TestResult } from './run-tests.ts';

/** Only these tests are run: all others are skipped. */
async function resultsOf(names: readonly string[], options: BackendTest): Promise<TestResult[]> {
  const others = entries.map(({ name }) => name).filter((name) => !names.includes(name));
  const results: TestResult[] = [];
  const skip = [...(options.skip ?? []), { reason: 'not now', tests: others }];
  for await (const result of runTests({ ...options, skip })) if (result.skipped !== 'not now') results.push(result);
  return results;
}

/** Its writes are lost. */
const forgetful: BackendFactory = {
  name: 'forgetful',
  create: async () => Object.assign(Object.create(await reference().create()), { write: () => {} }),
};

const names = ['sin: values', 'lifecycle: after dispose every call fails', 'add: values'];

test('the tests run without vitest, each under its name', async () => {
  const results = await resultsOf(names, reference());
  expect(results).toEqual(entries.flatMap(({ name }) => (names.includes(name) ? [{ name }] : [])));
  expect(results).toHaveLength(3);
});

test('a test that fails gives its error, one that is left out the reason', async () => {
  const skip = [{ reason: 'who needs it', tests: ['add: values'] }];
  const results = await resultsOf(names, { ...forgetful, skip });
  expect(results.find(({ name }) => name === 'sin: values')?.error).toMatchObject({
    message: expect.stringContaining('the reference has'),
  });
  expect(results).toContainEqual({ name: 'add: values', skipped: 'who needs it' });
});

test('a backend that is not on this machine is said to be missing, and not opened', async () => {
  const create = (): never => {
    throw new Error('not here');
  };
  const results: TestResult[] = [];
  for await (const result of runTests({ name: 'gpu', create, unavailable: 'no adapter' })) results.push(result);
  expect(results).toEqual([{ name: 'is on this machine', skipped: 'no adapter' }]);
  await expect(runTests({ name: 'gpu', create }).next()).rejects.toThrow('not here');
});
