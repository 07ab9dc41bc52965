// For tests: the conformance suite on a variant of the backend, told as plain data, wherever that runs.

import type { Backend } from '@rushlight/core/kernel';
import { openSharedBackend, type SharedBackend } from '../shared-backend.ts';
import { wasm } from '../wasm.ts';

interface Variant {
  /** With more than one, every launch is shared. */
  readonly threads: number;
  readonly relaxed?: boolean;
  /** As the testkit's option. */
  readonly brief?: boolean;
  /** Of the suite one test in so many. */
  readonly oneIn?: number;
}

interface Report {
  readonly description: string;
  readonly passed: number;
  /** Each with what was thrown. */
  readonly failed: readonly string[];
  /** Each with why it was left out. */
  readonly skipped: readonly string[];
  /** How many units threads other than the first have done. */
  readonly doneByOthers: number;
}

/** What `runTests` of the testkit gives. */
type Results = AsyncIterable<{ readonly name: string; readonly error?: unknown; readonly skipped?: string }>;

export async function runVariant(
  { threads, relaxed = true }: Variant,
  runTests: (create: () => Promise<Backend>) => Results,
): Promise<Report> {
  const shared: SharedBackend[] = [];
  let description = '';
  const open = async (): Promise<Backend> => {
    if (threads === 1) return wasm({ threads, relaxed, budget: 2 ** 28 }).create();
    const opened = await openSharedBackend(threads, { relaxed });
    shared.push(opened);
    return opened.backend;
  };
  const create = async (): Promise<Backend> => {
    const backend = await open();
    description ||= backend.description ?? '';
    return backend;
  };
  let passed = 0;
  const [failed, skipped]: [string[], string[]] = [[], []];
  for await (const { name, error, skipped: why } of runTests(create)) {
    if (error !== undefined) failed.push(`${name}: ${String(error)}`);
    else if (why !== undefined) skipped.push(`${name}: ${why}`);
    else passed++;
  }
  const doneByOthers = shared.reduce((sum, opened) => sum + opened.doneByOthers(), 0);
  return { description, passed, failed, skipped, doneByOthers };
}
