// An epoch whose batches come from workers: which worker makes which batch, and that they come in their order.

import type { NumberDType } from '../default-collate.ts';
import type { Carried } from './carry.ts';
import { unpackError } from './carry-error.ts';
import type { Outcome } from './messages.ts';
import type { WorkerLink } from './worker-link.ts';
import type { WorkerPool } from './worker-pool.ts';

/** An epoch, as the loader has planned it. */
export interface WorkerEpoch {
  readonly dataset: object;
  readonly baseSeed: bigint;
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** What the loader was told that plain numbers become. */
  readonly numbers: NumberDType | undefined;
  /** What the first batch tells, and then all keep to. */
  readonly found: Map<string, NumberDType>;
  /** The most that each worker is asked for ahead. */
  readonly prefetchFactor: number;
  /** The number of the first batch that is wanted. */
  readonly from: number;
  /** Of a data set that is iterated over: called when the batches before `from` are passed, or with how many there are if these are less. */
  readonly pass?: (count: number) => void;
  /** The samples of the next batch; none where the data set is iterated over. */
  readonly next?: () => IteratorResult<readonly number[]>;
}

interface Task {
  readonly link: WorkerLink;
  readonly outcome: Promise<Outcome>;
}

/**
 * The batches of one epoch, packed, in the order in which one loader without workers has them, or worker after worker where each goes
 * through a data set of its own. What fails does so in its turn.
 */
export async function* workerBatches(pool: WorkerPool, epoch: WorkerEpoch): AsyncGenerator<Carried, void, undefined> {
  const { baseSeed, batchSize, dataset, dropLast, found, from, next, numbers, pass, prefetchFactor } = epoch;
  const { collates } = await pool.begin(dataset, { baseSeed, batchSize, dropLast, numbers });
  const tasks: Task[] = [];
  const active = new Set(pool.links);
  const most = pool.links.length * prefetchFactor;
  // Until the first batch has told what numbers become, no other is asked for.
  let isDecided = collates || numbers !== undefined || found.size > 0;
  let batch = next ? from : 0;
  let asked = batch; // batch k is made by the same worker wherever an iteration begins
  let isOver = false;
  /** Of the sampler, to be thrown when the batches before it have come. */
  const refusals: unknown[] = [];

  const ask = (indices: readonly number[] | undefined, skip: boolean): void => {
    const link = turn(pool.links, active, asked);
    if (!link) return;
    const request = { batch: asked, indices, skip, found: Object.fromEntries(found) };
    asked = nextTurn(pool.links, active, asked);
    tasks.push({ link, outcome: link.fetch(request) });
  };
  const fill = (): void => {
    while (!isOver && active.size > 0) {
      const skip = batch < from;
      const limit = skip ? Math.min(most, from - batch) : isDecided ? most : 1;
      if (tasks.length >= limit) return;
      try {
        const chosen = next?.();
        isOver = chosen?.done === true;
        if (!isOver) ask(chosen?.value ?? undefined, skip);
      } catch (error) {
        isOver = true;
        refusals.push(error);
      }
    }
  };

  for (;;) {
    fill();
    const task = tasks.shift();
    if (!task) break;
    const outcome = await pool.wait(task.link.id, task.outcome);
    if (outcome.kind === 'failed') throw unpackError(outcome.error, dataset, task.link.id);
    if (outcome.kind === 'ended') {
      active.delete(task.link);
      for (let k = tasks.length - 1; k >= 0; k--) if (tasks[k]?.link === task.link) tasks.splice(k, 1);
      continue;
    }
    batch++;
    if (outcome.kind === 'passed') {
      if (batch === from) pass?.(batch);
      continue;
    }
    for (const [place, dtype] of Object.entries(outcome.found)) if (!found.has(place)) found.set(place, dtype);
    isDecided = true;
    fill();
    yield outcome.batch;
  }
  if (refusals.length > 0) throw refusals[0];
  if (batch < from) pass?.(batch);
}

/** The worker whose turn it is, or the next one that has not ended. */
function turn(links: readonly WorkerLink[], active: ReadonlySet<WorkerLink>, asked: number): WorkerLink | undefined {
  for (let k = 0; k < links.length; k++) {
    const link = links[(asked + k) % links.length];
    if (link && active.has(link)) return link;
  }
  return undefined;
}

/** Where the turn after that one begins. */
function nextTurn(links: readonly WorkerLink[], active: ReadonlySet<WorkerLink>, asked: number): number {
  let place = asked;
  for (let k = 0; k < links.length; k++, place++) {
    const link = links[place % links.length];
    if (link && active.has(link)) return place + 1;
  }
  return place;
}
