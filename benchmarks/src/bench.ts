// A whole run: every workload in turn, and a table for each.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from 'rushlight';
import { selectContenders } from './contenders/contenders.ts';
import { measureWorkload, type Entry, type WorkloadResult } from './measure/measure-workload.ts';
import { Quiet } from './measure/quiet.ts';
import { collectVersions, currentCommit, describeMachine, type Results } from './report/results.ts';
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

/** Measures, printing as it goes. Throws RangeError for names that there are none of. */
export async function bench(options: BenchOptions, print: (line: string) => void): Promise<Results> {
  const workloads = selectWorkloads(options.workload);
  const competitors = launchable(selectContenders(options.contender), options.threads, print);
  const [date, machine, commit, quiet] = [new Date().toISOString(), describeMachine(), currentCommit(), new Quiet()];
  print(
    `${machine.cpu}, ${machine.cores} cores · Node ${machine.node} · commit ${commit} · threads: ${options.threads}\n`,
  );

  await useBackend('cpu'); // makes the arrays
  const folder = mkdtempSync(join(tmpdir(), 'rushlight-bench-'));
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clean); // it is large, and people stop benchmarks
  const results: WorkloadResult[] = [];
  try {
    for (const workload of workloads) {
      const entries = competitors.filter(({ joins }) => joins?.(workload) ?? true);
      const file = writeWorkload(workload, folder);
      const result = await measureWorkload(workload, file, entries, { ...options, quiet });
      rmSync(file.path);
      results.push(result);
      print(`${printResult(result)}\n`);
    }
  } finally {
    clean();
    process.off('exit', clean);
  }

  const { threads, rounds, seconds: secondsPerRound } = options;
  const versions = collectVersions(results);
  return { date, commit, machine, threads, rounds, secondsPerRound, versions, workloads: results };
}

/** Those that can be started here; says of the others why not. */
function launchable(
  chosen: ReturnType<typeof selectContenders>,
  threads: number,
  print: (line: string) => void,
): readonly Competitor[] {
  const competitors: Competitor[] = [];
  for (const { name, title, launch: start, joins } of chosen) {
    const launch = start(threads);
    if (typeof launch === 'string') print(`${title} takes no part: ${launch}.`);
    else competitors.push({ name, title, launch, ...(joins ? { joins } : {}) });
  }
  return competitors;
}
