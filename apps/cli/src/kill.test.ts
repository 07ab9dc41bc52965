// A run that is killed again and again, at any moment, and always resumed: each checkpoint it leaves can be read, and in the end
// its weights are those of a run that was left alone. KILLS=50 for a long one.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { train } from 'rushlight';
import { afterAll, beforeAll, expect, test } from 'vitest';

const entry = fileURLToPath(new URL('index.ts', import.meta.url));
const kills = Number(process.env['KILLS'] ?? 3);

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'rushlight-kill-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command line; kills it after so many milliseconds of training, if it is not over before. */
function rushlight(args: readonly string[], life = Infinity): Promise<{ isDone: boolean; err: string }> {
  const child = spawn(process.execPath, ['--conditions=@rushlight/source', entry, ...args], { cwd: folder });
  let [err, isLimited] = ['', false];
  const limit = (): void => {
    if (isLimited || life === Infinity) return;
    isLimited = true;
    setTimeout(() => child.kill('SIGKILL'), life);
  };
  child.stderr.on('data', (data: Buffer) => {
    err += String(data);
    if (err.includes('Training on')) limit();
  });
  child.stdout.resume();
  return new Promise((resolve) => child.on('close', (code) => resolve({ isDone: code === 0, err })));
}

const settings = [
  'train', '--dataset', 'spirals', '--epochs', String(Math.min(60, 4 + 4 * kills)), '--hidden', '128,128', '--batch-size', '16',
  '--scheduler', 'onecycle', '--checkpoint-every', '7', '--early-stopping', '1000',
]; // prettier-ignore

/** The bytes of all tensors: the header tells of folders. */
function tensorsIn(name: string): string {
  const file = readFileSync(join(folder, name, train.lastCheckpoint));
  return file.toString('base64', 8 + Number(file.readBigUInt64LE(0)));
}

// Its processes run the source, whatever is tested.
test.skipIf(process.env['TEST_BUILT'])(`killed ${kills} times`, { timeout: 60_000 + 20_000 * kills }, async () => {
  const alone = await rushlight([...settings, '--run-dir', 'alone']);
  expect(alone.err).toContain('Training on');
  expect(alone.isDone).toBe(true);

  let [killed, runs, left] = [0, 0, 0];
  while (killed < kills) {
    const name = `run ${++runs}`;
    const checkpoint = join(folder, name, train.lastCheckpoint);
    for (let isOver = false; !isOver;) {
      // What was killed before its first checkpoint begins anew.
      const isThere = existsSync(checkpoint);
      if (!isThere) rmSync(join(folder, name), { recursive: true, force: true });
      const args = isThere ? ['train', '--resume', name] : [...settings, '--run-dir', name];
      const { isDone, err } = await rushlight(args, killed < kills ? 500 * Math.random() : Infinity);
      expect(err).not.toContain('rushlight:');
      if (!isDone) killed++;
      isOver = isDone;
      for (const file of readdirSync(join(folder, name)).filter((each) => each.endsWith('.safetensors'))) {
        expect(train.readExtra(readFileSync(join(folder, name, file)), file)).toMatchObject({ version: 1 });
        left++;
      }
    }
    expect(tensorsIn(name)).toBe(tensorsIn('alone'));
  }
  expect(killed).toBe(kills);
  expect(left).toBeGreaterThan(kills / 2);
});
