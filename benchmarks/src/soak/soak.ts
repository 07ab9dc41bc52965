// A whole run: the loop in a process or a page of its own, watched, then raced against the same loop with explicit dispose.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { useBackend } from 'rushlight';
import { measureWorkload, type WorkloadResult } from '../measure/measure-workload.ts';
import { Quiet } from '../measure/quiet.ts';
import { writeWorkload } from '../workloads/workload-file.ts';
import type { ChildOptions } from './child.ts';
import type { Sample } from './flatness.ts';
import { findTraining } from './make-job.ts';

const program = (name: string): string[] => ['--conditions=@rushlight/source', join(import.meta.dirname, name)];

/** V8 doubles its young generation once, by 64 MB, when enough has survived it: tens of thousands of steps later or never. Here it does not. */
export const steadyHeap = ['--min-semi-space-size=16', '--max-semi-space-size=16'];

/** Runs the loop in a process of its own; `onSample` is told as it goes. */
export async function watchProcess(options: ChildOptions, onSample: (sample: Sample) => void): Promise<Sample[]> {
  const child = spawn(process.execPath, [...steadyHeap, ...program('child.ts'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = (): boolean => child.kill('SIGKILL');
  process.once('exit', stop);
  const all: Sample[] = [];
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const sample = JSON.parse(line) as Sample;
    all.push(sample);
    onSample(sample);
  }
  process.off('exit', stop);
  const code = await ended;
  if (code !== 0) throw new Error(`the loop ended with code ${code}`);
  return all;
}

export interface RaceOptions {
  readonly workload: string;
  readonly backend: string;
  readonly threads: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** The plain loop beside the one with explicit dispose, in turns, at the default budget. */
export async function race({
  workload: name,
  backend,
  threads,
  rounds,
  seconds,
}: RaceOptions): Promise<WorkloadResult> {
  const workload = findTraining(name);
  await useBackend('cpu'); // makes the arrays
  const folder = mkdtempSync(join(tmpdir(), 'rushlight-soak-'));
  try {
    const entry = (mode: 'plain' | 'dispose', title: string) => ({
      name: mode,
      title,
      launch: { command: process.execPath, args: [...program('server.ts'), backend, String(threads), mode] },
    });
    const entries = [entry('dispose', 'with dispose'), entry('plain', 'plain')];
    const options = { rounds, seconds, patience: 600, quiet: new Quiet() };
    return await measureWorkload(workload, writeWorkload(workload, folder), entries, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
