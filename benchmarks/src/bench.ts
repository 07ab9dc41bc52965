// A whole run: every workload in turn, and a table for each.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from 'rushlight';
import { selectContenders } from './contenders/contenders.ts';
import { measureWorkload, type Entry, type WorkloadResult } from './measure/measure-workload.ts';
import { Quiet } from './measure/quiet.ts';
import { collectVersions, currentCommit, describeMachine, type Absent, type Results } from './report/results.ts';
import { printResult } from './report/table.ts';
import { selectWorkloads } from './workloads/select.ts';
import { writeWorkload } from './workloads/workload-file.ts';
import type { Workload } from './workloads/workload.ts';

export interface BenchOptions {
  readonly workload: readonly string[];
  readonly contender: readonly string[];
  readonly threads: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly patience: number;
}

type Competitor = Entry & { readonly joins?: (workload: Workload) => boolean };

/**
 * Measures, printing and saving as it goes. Throws RangeError for names that there are none of, and for contenders that were named and
 * cannot be started here.
 */
export async function bench(
  options: BenchOptions,
  print: (line: string) => void,
  save: (results: Results) => void = () => {},
): Promise<Results> {
  const workloads = selectWorkloads(options.workload);
  const { competitors, absent } = launchable(selectContenders(options.contender), options.threads);
  const missing = absent.map(({ name, why }) => `${name} cannot take part: ${why}.`);
  if (missing.length > 0 && options.contender.length > 0) throw new RangeError(missing.join(' '));
  missing.forEach(print);
  const [date, machine, commit, quiet] = [new Date().toISOString(), describeMachine(), currentCommit(), new Quiet()];
  print(
    `${machine.cpu}, ${machine.cores} cores · Node ${machine.node} · commit ${commit} · threads: ${options.threads}\n`,
  );

  await useBackend('cpu'); // makes the arrays
  const folder = mkdtempSync(join(tmpdir(), 'rushlight-bench-'));
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clean); // it is large, and people stop benchmarks
  const { threads, rounds, seconds: secondsPerRound, patience } = options;
  const asked = { date, commit, machine, threads, rounds, secondsPerRound, patience };
  const measured: WorkloadResult[] = [];
  const soFar = (): Results => ({ ...asked, versions: collectVersions(measured), absent, workloads: measured });
  try {
    for (const workload of workloads) {
      const entries = competitors.filter(({ joins }) => joins?.(workload) ?? true);
      const file = writeWorkload(workload, folder);
      const result = await measureWorkload(workload, file, entries, { ...options, quiet });
      rmSync(file.path);
      measured.push(result);
      print(`${printResult(result, threads)}\n`);
      save(soFar());
    }
  } finally {
    clean();
    process.off('exit', clean);
  }
  return soFar();
}

/** Those that can be started here, and why the others cannot. */
function launchable(
  chosen: ReturnType<typeof selectContenders>,
  threads: number,
): { competitors: readonly Competitor[]; absent: readonly Absent[] } {
  const competitors: Competitor[] = [];
  const absent: Absent[] = [];
  for (const { name, title, launch: start, joins } of chosen) {
    const launch = start(threads);
    if (typeof launch === 'string') absent.push({ name, why: launch });
    else competitors.push({ name, title, launch, ...(joins ? { joins } : {}) });
  }
  return { competitors, absent };
}
