// A suite once for each backend there is, each the default while its tests run.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defaultDevice, useBackend } from '@rushlight/core';
import { beforeAll, describe, test as register, type TestContext } from 'vitest';
import { backends, type BackendUnderTest } from './backends.ts';

/** The backend whose tests are being registered, and how many cases were met for it. */
let current: BackendUnderTest | undefined;
let met = 0;
/** How many cases were run. */
let ran = 0;

export function onEveryBackend(suite: () => void): void {
  for (const backend of backends) {
    describe(backend.name, () => {
      current = backend;
      met = 0;
      beforeAll(async () => {
        await useBackend(backend.create());
      });
      suite();
    });
  }
}

/** V8 knows of a device only the objects that stand for its memory, which are small: it would take its time. */
async function renew(backend: BackendUnderTest): Promise<void> {
  defaultDevice().dispose();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  await new Promise((resolve) => setTimeout(resolve, 50));
  collect();
  await useBackend(backend.create());
}

/** Runs a case; leaves it out where the backend lacks what it needs. */
async function attempt(context: TestContext, backend: BackendUnderTest | undefined, run: () => unknown): Promise<void> {
  if (backend?.renewed !== undefined && ++ran % backend.renewed === 0) await renew(backend);
  try {
    await run();
  } catch (error) {
    const reason = backend?.lacks?.(error);
    context.skip(reason !== undefined, reason);
    throw error;
  }
}

/** One of many cases of a fixture: registered if it is among those that the backend replays. */
export function test(name: string, run: () => unknown): void {
  const backend = current;
  if (met++ % (backend?.oneIn ?? 1) !== 0) return;
  // A case has its expectations.
  // oxlint-disable-next-line vitest/expect-expect
  register(name, (context) => {
    const fault = backend?.fault?.(name);
    context.skip(fault !== undefined, fault);
    return attempt(context, backend, run);
  });
}

/** As vitest's, for some values: none of these is left out but for what the backend lacks. */
test.each =
  <T>(values: readonly T[]) =>
  (name: string, run: (value: T) => unknown): void => {
    const backend = current;
    // oxlint-disable-next-line vitest/expect-expect
    register.for(values)(name, (value, context) => attempt(context, backend, () => run(value)));
  };
