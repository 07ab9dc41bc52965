// A whole run: every workload in turn, and a table for each.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from 'rushlight';
import { selectContenders, type ContenderEntry, type LaunchOptions } from './contenders/contenders.ts';
import { findAdapter } from './contenders/find-gpu.ts';
import { measureWorkload, type Entry, type WorkloadResult } from './measure/measure-workload.ts';
import { Quiet } from './measure/quiet.ts';
import { collectVersions, currentCommit, describeMachine, type Absent, type Results } from './report/results.ts';
import { printResult } from './report/table.ts';
import { selectWorkloads } from './workloads/select.ts';
import { writeWorkload } from './workloads/workload-file.ts';

export interface BenchOptions {
  readonly workload: readonly string[];
  readonly contender: readonly string[];
  readonly threads: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly patience: number;
  /** Who computes on a GPU, and what is for one. */
  readonly gpu?: boolean;
  /** Also where WebGPU's adapter is a program on the CPU. */
  readonly software?: boolean;
}

type Competitor = Entry & Pick<ContenderEntry, 'joins' | 'gpu'>;

/**
 * Measures, printing and saving as it goes. Throws RangeError for names that there are none of, and for contenders that were named and
 * cannot be started here.
 */
export async function bench(
  options: BenchOptions,
  print: (line: string) => void,
  save: (results: Results) => void = () => {},
): Promise<Results> {
  const { gpu = false, software = false } = options;
  const workloads = selectWorkloads(options.workload, { gpu });
  const chosen = selectContenders(options.contender, { gpu });
  const { competitors, absent } = launchable(chosen, { threads: options.threads, software });
  const missing = absent.map(({ name, why }) => `${name} cannot take part: ${why}.`);
  const needed = options.contender.length > 0 || (gpu && absent.some(({ name }) => name.startsWith('rushlight')));
  if (missing.length > 0 && needed) throw new RangeError(missing.join(' '));
  missing.forEach(print);
  const adapter = competitors.some((one) => one.gpu && one.name.startsWith('rushlight')) && findAdapter(software);
  const card = adapter && 'name' in adapter ? adapter.name : undefined;
  const machine = { ...describeMachine(), ...(card === undefined ? {} : { gpu: card }) };
  const [date, commit, quiet] = [new Date().toISOString(), currentCommit(), new Quiet()];
  const facts = [
    `${machine.cpu}, ${machine.cores} cores`,
    card,
    `Node ${machine.node}`,
    `commit ${commit}`,
    `threads: ${options.threads}`,
  ];
  print(`${facts.filter((fact) => fact !== undefined).join(' · ')}\n`);

  await useBackend('cpu'); // makes the arrays
  const folder = mkdtempSync(join(tmpdir(), 'rushlight-bench-'));
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clean); // it is large, and people stop benchmarks
  const { threads, rounds, seconds: secondsPerRound, patience } = options;
  const asked = { date, commit, machine, threads, rounds, secondsPerRound, patience };
  const measured: WorkloadResult[] = [];
  const cards = new Set(competitors.flatMap((one) => (one.gpu ? [one.name] : [])));
  let peak: number | undefined;
  const soFar = (): Results => ({ ...asked, versions: collectVersions(measured), absent, workloads: measured });
  try {
    for (const workload of workloads) {
      const entries = competitors.filter(({ joins }) => joins?.(workload) ?? true);
      const file = writeWorkload(workload, folder);
      const plain = await measureWorkload(workload, file, entries, { ...options, quiet });
      rmSync(file.path);
      if (workload.kind === 'registers-gpu') peak = fastest(plain);
      const result = workload.flops && peak !== undefined ? withPeak(plain, peak, cards) : plain;
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

/** The most operations in a second that anybody came to. */
function fastest({ rows, flops = 0 }: WorkloadResult): number | undefined {
  const rates = rows.flatMap(({ rate }) => (rate ? [rate.median * flops] : []));
  return rates.length > 0 ? Math.max(...rates) : undefined;
}

const withPeak = (result: WorkloadResult, peak: number, cards: ReadonlySet<string>): WorkloadResult => ({
  ...result,
  rows: result.rows.map((row) => (cards.has(row.contender) ? { ...row, peak } : row)),
});

/** Those that can be started here, and why the others cannot. */
function launchable(
  chosen: readonly ContenderEntry[],
  options: LaunchOptions,
): { competitors: readonly Competitor[]; absent: readonly Absent[] } {
  const competitors: Competitor[] = [];
  const absent: Absent[] = [];
  for (const { launch: start, ...entry } of chosen) {
    const launch = start(options);
    if (typeof launch === 'string') absent.push({ name: entry.name, why: launch });
    else competitors.push({ ...entry, launch });
  }
  return { competitors, absent };
}
