// What runs in the page.

import { useBackend } from 'rushlight';
import { openBackend } from '../rushlight/open-backend.ts';
import type { ChildOptions } from './child.ts';
import { runLoop } from './loop.ts';
import { makeArrays, makeJob } from './make-job.ts';

export async function soakInPage({ workload, backend, threads, budget, ...options }: ChildOptions): Promise<void> {
  const arrays = await makeArrays(workload);
  await useBackend(await openBackend(backend, threads, budget));
  await runLoop(makeJob(workload, arrays), options, () => {});
}
