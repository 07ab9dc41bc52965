// The conformance suite where there is no vitest: in a page, in a worker, in another Node.

import { openHarness, planTests, type BackendTest } from './backend-test.ts';

export interface TestResult {
  readonly name: string;
  /** What a test that failed threw. */
  readonly error?: unknown;
  /** Why a test was left out. */
  readonly skipped?: string;
}

/**
 * Runs the tests of `testBackend` one after another and gives the result of each. Throws for an unknown name in `skip`, and
 * where the backend cannot be opened.
 *
 * @example
 * for await (const { name, error } of runTests(mine())) if (error) console.error(name, error);
 */
export async function* runTests(options: BackendTest): AsyncGenerator<TestResult, void, void> {
  const { tests, skipped } = planTests(options);
  if (options.unavailable !== undefined) return yield* tests.map(({ name }) => ({ name, skipped: `${options.unavailable}` })); // prettier-ignore
  const harness = await openHarness(options);
  try {
    for (const entry of tests) {
      const { name } = entry;
      let why = skipped.get(entry);
      try {
        why ??= (await entry.run(harness)) ?? undefined;
      } catch (error) {
        yield { name, error };
        continue;
      }
      yield why === undefined ? { name } : { name, skipped: why };
    }
  } finally {
    harness.close();
  }
}
