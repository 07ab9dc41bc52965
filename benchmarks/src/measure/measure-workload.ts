// One workload: everybody prepares it, everybody must come to the same numbers, then everybody is timed in turns.

import { ContenderError, ContenderProcess, type Launch } from '../contenders/contender-process.ts';
import type { Setup } from '../contenders/serve.ts';
import type { WorkloadFile } from '../workloads/workload-file.ts';
import type { Workload } from '../workloads/workload.ts';
import { disagreement, type Trajectory } from './agreement.ts';
import { interleave } from './interleave.ts';
import type { Quiet } from './quiet.ts';
import { compare, summarize, type Summary, type Turn } from './statistics.ts';

export interface Entry {
  readonly name: string;
  readonly title: string;
  readonly launch: Launch;
}

export interface Row extends Setup {
  readonly contender: string;
  readonly title: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Why there are no timings: what the library cannot do, or where its numbers differ from the others'. */
  readonly failure?: { readonly kind: 'unable' | 'wrong'; readonly reason: string };
  /** What it held after each checked step; a slow one stops early. */
  readonly trajectory: Trajectory;
  /** Steps per second. */
  readonly rate?: Summary;
  /** By round; null where a slow contender had no turn. */
  readonly turns?: readonly (Turn | null)[];
  /** How many times as fast as the base. */
  readonly ratio?: number;
  /** FLOP/s that multiply-adds came to that stay in the registers of its GPU, where that was measured in the same run. */
  readonly peak?: number;
  /** In how many rounds both were measured; the ratio is one of medians where these are too few. */
  readonly shared?: number;
}

export interface WorkloadResult {
  readonly workload: string;
  readonly title: string;
  readonly group: Workload['group'];
  readonly flops?: number;
  /** The steps of the trajectories. */
  readonly checks: readonly number[];
  /** Within which relative difference they agree. */
  readonly tolerance: number;
  /** Whom the others are compared with. */
  readonly base?: string;
  readonly rows: readonly Row[];
}

export interface MeasureOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly patience: number;
  readonly quiet: Quiet;
}

interface Participant {
  readonly entry: Entry;
  readonly process: ContenderProcess;
  versions: Readonly<Record<string, string>>;
  setup: Setup;
  trajectory: (readonly number[])[];
  failure?: { kind: 'unable' | 'wrong'; reason: string };
}

export async function measureWorkload(
  workload: Workload,
  file: WorkloadFile,
  entries: readonly Entry[],
  options: MeasureOptions,
): Promise<WorkloadResult> {
  const participants: Participant[] = [];
  try {
    for (const entry of entries) {
      const process = new ContenderProcess(entry.launch);
      const participant: Participant = { entry, process, versions: {}, setup: {}, trajectory: [] };
      participants.push(participant);
      await attempt(participant, () => rehearse(participant, workload, file, options.patience));
    }
    judge(participants, workload);
    const ready = participants.filter(({ failure }) => !failure);
    const turns = await interleave(
      ready.map(({ entry: { name }, process }) => ({
        name,
        run: (steps) => process.run(steps, limit(options.patience)),
      })),
      {
        ...options,
        onFailure: (name, error) => {
          const failed = ready.find(({ entry }) => entry.name === name);
          if (failed) failed.failure = { kind: 'unable', reason: error.message };
        },
      },
    );
    return report(workload, participants, turns);
  } finally {
    for (const { process } of participants) process.stop();
  }
}

/** What a single answer may take: more than a contender's share, since the first step of some compiles for long. */
const limit = (patience: number): number => 2 * patience;

/** Prepares the workload and collects the numbers to compare, as many as fit into a third of the patience. */
async function rehearse(
  participant: Participant,
  workload: Workload,
  file: WorkloadFile,
  patience: number,
): Promise<void> {
  const { process, trajectory } = participant;
  participant.versions = await process.versions(limit(patience));
  await process.prepare(file, limit(patience));
  let started = 0;
  let done = 0;
  for (const [at, step] of workload.checks.entries()) {
    const { numbers, setup } = await process.check(step - done, limit(patience));
    trajectory.push(numbers);
    participant.setup = setup;
    done = step;
    // The first may compile, and its loss says nothing of gradients: what comes after it decides.
    if (at === 0) started = performance.now();
    const each = (performance.now() - started) / 1e3 / (done - 1);
    if (at > 0 && each * (workload.checks[at + 1] ?? 0) > patience / 3) break;
  }
  if (workload.dropout) await process.prepare({ ...file, dropout: true }, limit(patience));
}

async function attempt(participant: Participant, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ContenderError)) throw error;
    participant.failure = { kind: 'unable', reason: error.message };
    participant.process.stop();
  }
}

/** Marks whoever comes to other numbers than the contender that went furthest with finite numbers, the first of several. */
function judge(participants: readonly Participant[], { checks, tolerance }: Workload): void {
  const ready = participants.filter(({ failure }) => !failure);
  const differ = (one: Participant, other: Participant): string | undefined =>
    disagreement(one.trajectory, other.trajectory, checks, tolerance);
  const finite = ready.filter((participant) => !differ(participant, participant)); // NaN differs from itself
  const [reference] = finite.toSorted((one, other) => other.trajectory.length - one.trajectory.length);
  for (const participant of ready) {
    const reason = differ(participant, reference ?? participant);
    if (reason) participant.failure = { kind: 'wrong', reason };
  }
}

function report(
  { name, title, group, flops, checks, tolerance }: Workload,
  participants: readonly Participant[],
  turns: ReadonlyMap<string, (Turn | undefined)[]>,
): WorkloadResult {
  const base = participants.find(({ failure, entry }) => !failure && turns.has(entry.name))?.entry.name;
  const baseTurns = base === undefined ? undefined : turns.get(base);
  const rows = participants.map(({ entry, versions, setup, failure, trajectory }): Row => {
    const row = { contender: entry.name, title: entry.title, versions, ...setup, trajectory };
    const mine = turns.get(entry.name);
    if (failure) return { ...row, failure };
    if (!mine || !baseTurns) return row;
    const rounds = Array.from(mine, (turn) => turn ?? null);
    return { ...row, rate: summarize(mine), turns: rounds, ...compare(mine, baseTurns) };
  });
  return {
    workload: name,
    title,
    group,
    ...(flops ? { flops } : {}),
    checks,
    tolerance,
    ...(base ? { base } : {}),
    rows,
  };
}
