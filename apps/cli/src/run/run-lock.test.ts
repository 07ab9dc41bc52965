// Many processes that want one lock: at any time one has it, also where each finds what a dead one left.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockFile } from './run-lock.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'rushlight lock '))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Takes the lock as soon as it can, tells of it, holds it for a moment; dies with it half of the times. */
const worker = `
  import { appendFileSync } from 'node:fs';
  const [module, folder, log] = process.argv.slice(1);
  const { lockRun } = await import(module);
  for (;;) {
    try {
      const release = lockRun(folder);
      appendFileSync(log, 'taken\\n');
      await new Promise((done) => setTimeout(done, 5));
      appendFileSync(log, 'given\\n');
      if (process.pid % 2 === 0) process.kill(process.pid, 'SIGKILL');
      release();
      break;
    } catch (error) {
      if (error.name !== 'ConfigError') throw error;
      await new Promise((done) => setTimeout(done, 1));
    }
  }
`;

test('one at a time', async () => {
  const [log, module] = [join(folder, 'log'), new URL('run-lock.ts', import.meta.url).href];
  writeFileSync(join(folder, lockFile), JSON.stringify({ pid: 2 ** 30, host: hostname(), began: null }));
  const count = 6;
  const ended = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', worker, module, folder, log], { stdio: ['ignore', 'ignore', 'pipe'] }); // prettier-ignore
    let err = '';
    child.stderr.on('data', (data: Buffer) => (err += String(data)));
    return new Promise<string>((resolve) => child.on('close', () => resolve(err)));
  });
  expect((await Promise.all(ended)).filter((err) => /^\w*Error/m.test(err))).toEqual([]);
  expect(readFileSync(log, 'utf8')).toBe('taken\ngiven\n'.repeat(count));
}); // prettier-ignore
