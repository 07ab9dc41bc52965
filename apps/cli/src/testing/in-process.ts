// The command line, called in this process: what it would print, and the exit code. Tests of what a process is, such as real signals,
// are in cli.test.ts.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll } from 'vitest';
import { runCommandLine } from '../program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command. `onWrite` sees all that was written on either stream so far, after each write. */
export async function rushlight(args: readonly string[], onWrite?: (written: string) => void): Promise<Ran> {
  const written = { out: '', err: '' };
  const into = (stream: 'out' | 'err'): Writable =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        written[stream] += text;
        onWrite?.(written.out + written.err);
        done();
      },
    });
  const code = await runCommandLine(args, { out: into('out'), err: into('err') });
  return { code, ...written };
}

/** Tests of a suite run in a folder of their own, which is gone afterwards; gives paths in it. */
export function inOwnFolder(): (...names: string[]) => string {
  const before = process.cwd();
  let folder = before;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rushlight cli '));
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });
  return (...names) => join(folder, ...names);
}
