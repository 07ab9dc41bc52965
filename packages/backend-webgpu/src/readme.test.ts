import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { whyNoDriver } from './testing/driver.ts';

test.skipIf(whyNoDriver() !== undefined)('the README’s program prints what its comments say', () => {
  const [, program = ''] =
    /```ts\n([^]*?)```/.exec(readFileSync(new URL('../README.md', import.meta.url), 'utf8')) ?? [];
  const expected = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, line]) => line);
  expect(expected.length).toBeGreaterThan(0);
  const conditions = process.env.TEST_BUILT ? [] : ['--conditions=@rushlight/source'];
  const args = [...conditions, '--input-type=module-typescript', '-e', program];
  // Dawn writes about drivers to the standard error output; that the process ends is part of it.
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: `${expected.join('\n')}\n`, status: 0 });
});
