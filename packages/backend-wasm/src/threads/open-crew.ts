import { alone, type Crew } from '../machine.ts';
import { Pool, type PoolOptions } from './pool.ts';
import { workerStarter } from './start-worker.ts';

export interface OpenedCrew {
  readonly crew: Crew;
  /** Resolves when all threads are up, or with the reason why not all are. Nobody has to wait for it: threads join as they come. */
  readonly started: Promise<string | undefined>;
  /** Resolves with the reason when a thread died in its work, for `Backend.lost`; the call that met it throws DeviceLostError. */
  readonly lost: Promise<string>;
  /** What became of threads that are not as they should be, for people; there may be more later. */
  readonly notes: readonly string[];
}

const onlyOne = (reason?: string): OpenedCrew => ({
  crew: alone,
  started: Promise.resolve(reason),
  lost: new Promise(() => {}),
  notes: reason === undefined ? [] : [reason],
});

/** Starts `threads − 1` workers, without waiting for them. */
export async function openCrew(options: PoolOptions): Promise<OpenedCrew> {
  if (options.threads === 1) return onlyOne();
  const start = await workerStarter();
  if (typeof start === 'string') return onlyOne(`wasm: one thread, since ${start}.`);
  const pool = new Pool(options, start);
  return { crew: pool, started: pool.started, lost: pool.lost, notes: pool.notes };
}
