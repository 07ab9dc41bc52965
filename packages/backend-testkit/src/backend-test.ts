// What is asked for when a backend is tested, and what its tests work with: whoever runs them, and wherever.

import '@rushlight/core/methods'; // operations are tested as functions and as methods
import { openBackend, type BackendFactory, type DType } from '@rushlight/core';
import { checked, reference } from '@rushlight/core/testing';
import { entries } from './entries.ts';
import { kernelTests } from './kernels/kernel-tests.ts';
import { scalarFunctionTests } from './kernels/scalar-functions.ts';
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
  /** Whether memory in other layouts and gradients are left out. Default false; another variant of a backend that passes can do without. */
  readonly brief?: boolean;
  /**
   * Of the random launches and of the tests of scalar functions and operations one in so many, the same ones every time: for a backend that takes long to
   * compile, while it is worked on. Default 1, all of them.
   */
  readonly oneIn?: number;
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

export interface TestPlan {
  readonly tests: readonly Entry[];
  /** Why a test is left out, for those that are. */
  readonly skipped: ReadonlyMap<Entry, string>;
}

/** Which tests there are, and which are left out. Throws for a name in `skip` that no test has, and where a required backend is not there. */
export function planTests({ name, unavailable, brief = false, oneIn = 1, skip = [] }: BackendTest): TestPlan {
  const skipped = skipReasons(entries, skip);
  if (unavailable === undefined) {
    const wanted = entries.filter(({ isExtra }) => !(brief && isExtra));
    // Of those that draw launches each is run, with fewer of them.
    const always = new Set(kernelTests.filter((entry) => !scalarFunctionTests.includes(entry)));
    return { tests: wanted.filter((entry, k) => always.has(entry) || k % oneIn === 0), skipped };
  }
  if (requiredBackends().has(name)) {
    throw new Error(`testBackend: REQUIRE_BACKENDS asks for "${name}", and there is none here: ${unavailable}`);
  }
  // One test stands for all where there is nothing to test.
  const missing: Entry = { name: 'is on this machine', run: () => unavailable };
  return { tests: [missing], skipped: new Map([[missing, unavailable]]) };
}

/** The backend under test and the definition beside it, to be closed. */
export async function openHarness(options: BackendTest): Promise<Harness & { close(): void }> {
  const device = await openBackend({ name: options.name, create: () => options.create() });
  const definition = await openBackend(checked(reference()));
  return {
    device,
    reference: definition,
    tolerances: { ...standardTolerances, ...options.tolerance },
    oneIn: options.oneIn ?? 1,
    create: async () => options.create(),
    close: () => [device, definition].forEach((opened) => opened.dispose()),
  };
}
