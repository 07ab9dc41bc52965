// The child's side: a contender answers commands, one JSON object a line, until its input ends. Contenders in JavaScript
// share this file; rivals/torch_server.py speaks the same.

import { createInterface } from 'node:readline';
import type { WorkloadFile } from '../workloads/workload-file.ts';

type MaybePromise<T> = T | Promise<T>;

/** A workload made ready. */
export interface Job {
  /** One training step, or one call of the kernel. */
  step(): unknown;
  /** Waits until all steps are really done. */
  finish(): MaybePromise<unknown>;
  /** What contenders must agree on: the loss of the last step, or a digest of each output. */
  numbers(): MaybePromise<number[]>;
}

/** What a contender runs as, as far as its library tells. */
export interface Setup {
  readonly threads?: number;
  /** Its own words; after a semicolon, why something that it was asked for is not to be had. */
  readonly description?: string;
}

export interface Contender {
  readonly versions: Readonly<Record<string, string>>;
  /** Asked after each check: some learn only while they work how many threads there are. */
  setup?(): Setup;
  /** Throws where the library cannot do it; the message becomes the entry in the table. */
  prepare(workload: WorkloadFile): MaybePromise<Job>;
}

export type Command =
  | { readonly do: 'prepare'; readonly workload: WorkloadFile }
  | { readonly do: 'check'; readonly steps: number }
  | { readonly do: 'run'; readonly steps: number };

export type Reply =
  | { readonly versions: Readonly<Record<string, string>> }
  | { readonly ready: true }
  /** The numbers as text: JSON has no NaN. */
  | { readonly numbers: readonly string[]; readonly setup?: Setup }
  /** Both in seconds; `cpu` counts all threads. */
  | { readonly wall: number; readonly cpu: number }
  | { readonly error: string };

/** Marks the lines that are ours: libraries print to standard output as well. */
export const replyMark = '@reply ';

export async function serve({ versions, prepare, setup }: Contender): Promise<void> {
  const reply = (answer: Reply): boolean => process.stdout.write(`${replyMark}${JSON.stringify(answer)}\n`);
  let job: Job | undefined;

  async function steps(count: number): Promise<Job> {
    if (!job) throw new Error('nothing is prepared');
    for (let i = 0; i < count; i++) {
      const pending = job.step();
      if (pending instanceof Promise) await pending;
    }
    return job;
  }

  async function answer(command: Command): Promise<Reply> {
    switch (command.do) {
      case 'prepare':
        job = undefined;
        job = await prepare(command.workload);
        return { ready: true };
      case 'check':
        return { numbers: (await (await steps(command.steps)).numbers()).map(String), setup: setup?.() ?? {} };
      case 'run': {
        const cpu = process.cpuUsage();
        const started = performance.now();
        await (await steps(command.steps)).finish();
        const wall = (performance.now() - started) / 1e3;
        const { user, system } = process.cpuUsage(cpu);
        return { wall, cpu: (user + system) / 1e6 };
      }
    }
  }

  reply({ versions });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      reply(await answer(JSON.parse(line) as Command));
    } catch (error) {
      reply({ error: error instanceof Error ? error.message : String(error) });
    }
  }
  process.exit(0); // worker threads of a contender would keep it alive
}
