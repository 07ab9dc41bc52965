import { expect, test } from 'vitest';
import { findAdapter, infoOf, isSoftware, nameOf } from './adapter.ts';
import { NoAdapterError } from './no-adapter-error.ts';

test('an adapter that says nothing of itself, as those of browsers did at first, is taken', async () => {
  const page = (adapter: object): object => ({ navigator: { gpu: { requestAdapter: async () => adapter } } });
  const [silent, fallback] = [{}, { isFallbackAdapter: true }];
  expect(await findAdapter({ software: false }, page(silent))).toBe(silent);
  expect(nameOf(infoOf(silent))).toBe('a GPU');
  expect(isSoftware(infoOf(silent))).toBe(false);
  await expect(findAdapter({ software: false }, page(fallback))).rejects.toThrow(NoAdapterError);
  expect(await findAdapter({}, page(fallback))).toBe(fallback);
});
