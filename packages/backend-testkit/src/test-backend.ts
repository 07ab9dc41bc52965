// The conformance suite as vitest tests: every entry under its name, compared with `reference()`.

import { openBackend, type BackendFactory, type Device, type DType } from '@rushlight/core';
import { checked, reference } from '@rushlight/core/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { entries } from './entries.ts';
import type { Entry, Harness } from './harness.ts';
import { requiredBackends } from './required-backends.ts';
import { standardTolerances, type Tolerance } from './tolerance.ts';

export interface Skip {
  /** Why these are left out: it is shown with each of them. */
  readonly reason: string;
  /** Names of tests, or what several begin with up to a colon: `conv`, `scalar functions: tan`. */
  readonly tests: readonly string[];
}

export interface BackendTest extends BackendFactory {
  /** How close results must be, where not as close as `standardTolerances` says. */
  readonly tolerance?: Partial<Record<DType, Tolerance>>;
  readonly skip?: readonly Skip[];
  /** Why there is no such backend on this machine: nothing runs, unless the environment variable REQUIRE_BACKENDS names it. */
  readonly unavailable?: string | undefined;
}

/** The reason to skip each test that is skipped. Throws for a name that no test has. */
export function skipReasons(tests: readonly Entry[], skip: readonly Skip[]): Map<Entry, string> {
  const reasons = new Map<Entry, string>();
  for (const { reason, tests: names } of skip) {
    for (const name of names) {
      const found = tests.filter((entry) => entry.name === name || entry.name.startsWith(`${name}:`));
      if (found.length === 0)
        throw new Error(`testBackend: skip names "${name}", and there is no such test. Correct or remove it.`);
      for (const entry of found) reasons.set(entry, reason);
    }
  }
  return reasons;
}

/**
 * Registers the tests that any backend must pass: every kernel of the contract and every operation of core, compared with
 * `reference()`. Throws for an unknown name in `skip`.
 *
 * @example
 * testBackend({ name: 'mine', create: () => mine().create() });
 */
export function testBackend(options: BackendTest): void {
  const { name, unavailable, skip = [] } = options;
  const reasons = skipReasons(entries, skip);
  if (unavailable !== undefined && requiredBackends().has(name)) {
    throw new Error(`testBackend: REQUIRE_BACKENDS asks for "${name}", and there is none here: ${unavailable}`);
  }
  // One test stands for all where there is nothing to test.
  const running: readonly Entry[] =
    unavailable === undefined ? entries : [{ name: 'is on this machine', run: () => unavailable }];
  describe(name, () => {
    let harness: Harness;
    const opened: Device[] = [];
    beforeAll(async () => {
      if (unavailable !== undefined) return;
      const device = await openBackend({ name, create: () => options.create() });
      const definition = await openBackend(checked(reference()));
      opened.push(device, definition);
      const tolerances = { ...standardTolerances, ...options.tolerance };
      harness = { device, reference: definition, tolerances, create: async () => options.create() };
    });
    afterAll(() => opened.forEach((device) => device.dispose()));
    // An entry throws where it fails.
    // oxlint-disable-next-line vitest/expect-expect
    test.for(running.map((entry) => [entry.name, entry] as const))(
      '%s',
      { timeout: 60_000 },
      async ([, entry], context) => {
        const reason = reasons.get(entry);
        context.skip(reason !== undefined, reason);
        const cannot = await entry.run(harness);
        context.skip(typeof cannot === 'string', cannot || undefined);
      },
    );
  });
}
