// The conformance suite as vitest tests: every entry under its name, compared with `reference()`.

import { afterAll, beforeAll, describe, test } from 'vitest';
import { openHarness, planTests, type BackendTest } from './backend-test.ts';

/**
 * Registers the tests that any backend must pass: every kernel of the contract and every operation of core, compared with
 * `reference()`. Throws for an unknown name in `skip`.
 *
 * @example
 * testBackend({ name: 'mine', create: () => mine().create() });
 */
export function testBackend(options: BackendTest): void {
  const { tests, skipped } = planTests(options);
  describe(options.name, () => {
    let harness: Awaited<ReturnType<typeof openHarness>>;
    beforeAll(async () => {
      if (options.unavailable === undefined) harness = await openHarness(options);
    });
    afterAll(() => harness?.close());
    // An entry throws where it fails.
    // oxlint-disable-next-line vitest/expect-expect
    test.for(tests.map((entry) => [entry.name, entry] as const))(
      '%s',
      { timeout: 60_000 },
      async ([, entry], context) => {
        const reason = skipped.get(entry);
        context.skip(reason !== undefined, reason);
        const cannot = await entry.run(harness);
        context.skip(typeof cannot === 'string', cannot || undefined);
      },
    );
  });
}
