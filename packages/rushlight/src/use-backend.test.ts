// Backends by name, of which one is lost.

import { type Backend, type BackendFactory } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { expect, test, vi } from 'vitest';
import { defaultDevice, DeviceLostError, devices, ones } from './index.ts';
import { useBackend } from './use-backend.ts';

const frail = vi.hoisted(() => ({ lose: undefined as ((reason: string) => void) | undefined }));
vi.mock('@rushlight/backend-wasm', () => ({
  wasm: (): BackendFactory => ({
    name: 'wasm',
    create() {
      const lost = new Promise<string>((resolve) => (frail.lose = resolve));
      return { ...(reference().create() as Backend), name: 'wasm', lost };
    },
  }),
}));

test('one that was lost is not given again: by its name there is another, at once, and one for all who ask', async () => {
  const first = await useBackend('wasm');
  expect(await useBackend('wasm')).toBe(first);
  const x = ones([2]);
  frail.lose?.('a thread died.');
  // Nothing has had time to hear of it.
  const [second, same] = await Promise.all([useBackend('wasm'), useBackend('wasm')]);
  expect(second).not.toBe(first);
  expect(second).toBe(same);
  expect(devices()).toEqual([second]);
  expect(defaultDevice()).toBe(second);
  expect(ones([2]).device).toBe(second);
  await expect(x.data()).rejects.toThrow(DeviceLostError);
  second.dispose();
});
