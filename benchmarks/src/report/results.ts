// What a run leaves behind: everything that was measured, and everything it depends on.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Row, WorkloadResult } from '../measure/measure-workload.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  /** The adapter that WebGPU had, where somebody computed on it. */
  readonly gpu?: string;
}

export interface Results {
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly threads: number;
  readonly rounds: number;
  readonly secondsPerRound: number;
  /** What all turns of a contender in a workload may take together, seconds. */
  readonly patience: number;
  /** Of every library that took part. */
  readonly versions: Readonly<Record<string, string>>;
  /** Who could not be started here. */
  readonly absent: readonly Absent[];
  readonly workloads: readonly WorkloadResult[];
}

export interface Absent {
  readonly name: string;
  readonly why: string;
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  os: `${process.platform} ${process.arch}`,
  node: process.version,
});

/** The commit that was measured, marked where there were changes besides. */
export function currentCommit(): string {
  const git = (...args: string[]): string =>
    spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).stdout?.trim() ?? '';
  const commit = git('rev-parse', '--short', 'HEAD') || 'unknown';
  return git('status', '--porcelain', '--untracked-files=no') ? `${commit} with changes` : commit;
}

/** The versions of all libraries in the results. */
export function collectVersions(workloads: readonly WorkloadResult[]): Record<string, string> {
  const rows = workloads.flatMap((result) => result.rows);
  return Object.fromEntries(rows.flatMap(({ versions }) => Object.entries(versions)).toSorted());
}

/** What makes a run fail: contenders that disagree, what Rushlight could not, and workloads that nobody could do. */
export function findFault({ workloads }: Results): string | undefined {
  const list = (isFault: (row: Row) => boolean): string =>
    workloads
      .flatMap(({ workload, rows }) => rows.filter(isFault).map(({ title }) => `${title} (${workload})`))
      .join(', ');
  const wrong = list(({ failure }) => failure?.kind === 'wrong');
  if (wrong) return `DISAGREEMENT: other numbers from ${wrong}, see WRONG above.`;
  const unable = list(({ contender, failure }) => failure?.kind === 'unable' && contender.startsWith('rushlight'));
  if (unable) return `FAILURE: nothing from ${unable}, see above.`;
  const empty = workloads.filter(({ base }) => base === undefined).map(({ workload }) => workload);
  return empty.length > 0 ? `Nobody could be measured on ${empty.join(', ')}.` : undefined;
}

/** Where results go when nobody says: named by date and time, so that none overwrites another, threads, and what was asked for. */
export function defaultPath(folder: string, { date, threads }: Results, words: readonly string[]): string {
  const time = date.slice(0, 19).replaceAll(/[:T]/g, '-');
  const what = words.length > 0 ? words.join('-') : 'all';
  return join(folder, `${time}-${threads}-thread${threads > 1 ? 's' : ''}-${what}.json`);
}

export function saveResults(path: string, results: Results): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(results, null, 1)}\n`);
  renameSync(temporary, path);
}

/** All results of a folder, oldest first. */
export function loadResults(folder: string): Results[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Results)
    .toSorted((a, b) => a.date.localeCompare(b.date));
}
