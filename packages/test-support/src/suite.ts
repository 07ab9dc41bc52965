import { describe, expect, test } from 'vitest';
import { chromiumPath } from './chromium.ts';

/** `describe` of what runs in Chromium. Where none is found it says so and skips; REQUIRE_BROWSER=1 makes that a failure. */
export function describeInChromium(name: string, suite: () => void): void {
  if (!chromiumPath) {
    process.stderr.write('NOT RUN: no Chromium was found; install one, or say where it is by CHROMIUM=path.\n');
  }
  test('a browser is there where one is required', () => {
    expect(chromiumPath !== undefined || !process.env['REQUIRE_BROWSER']).toBe(true);
  });
  // oxlint-disable-next-line vitest/valid-describe-callback -- it is one
  describe.skipIf(!chromiumPath)(name, suite);
}
