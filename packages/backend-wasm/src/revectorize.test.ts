// That the flag, which is the whole process's, is left as it was found where it does not help. Whether it helps is this machine's affair.

import v8 from 'node:v8';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const flag = 'experimental-wasm-revectorize';
let set: string[] = [];

beforeEach(() => {
  set = [];
  vi.resetModules();
  vi.spyOn(v8, 'setFlagsFromString').mockImplementation((flags) => void set.push(flags));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** As a process has it that did not try yet. Nothing is set in truth, so nothing becomes faster, by no clock. */
async function fresh(): Promise<(relaxed: boolean) => Promise<string | undefined>> {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
  return (await import('./revectorize.ts')).revectorize;
}

describe.skipIf(Number.parseInt(process.versions.v8, 10) < 12)('the flag of V8', () => {
  test('is set and taken back, once for all backends', async () => {
    const revectorize = await fresh();
    const both = await Promise.all([revectorize(false), revectorize(false)]);
    expect(both).toEqual(['it made nothing faster here', 'it made nothing faster here']);
    expect(set).toEqual([`--${flag}`, `--no-${flag}`]);
    await revectorize(false);
    expect(set).toHaveLength(2);
  });

  test('is taken back when the trial fails, with the reason', async () => {
    const revectorize = await fresh();
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function () {
      throw new RangeError('could not allocate memory');
    } as never);
    expect(await revectorize(false)).toMatch(/^its trial failed \(.*could not allocate memory/);
    expect(set).toEqual([`--${flag}`, `--no-${flag}`]);
  });

  test('stays where the user has set it', async () => {
    const revectorize = await fresh();
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=4096 --experimental_wasm_revectorize');
    expect(await revectorize(false)).toBe('it made nothing faster here');
    expect(set).toEqual([`--${flag}`]);
  });
});
