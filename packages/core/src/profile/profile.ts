// Which kernels a program spends its time in. A profile stands at the one door and notes what passes; a device that runs launches later
// than it is given them tells the times itself.

import type { Device } from '../device.ts';
import { explain, watchLaunches } from '../dispatch.ts';
import { isPromise } from '../is-promise.ts';
import type { KernelTimes, Launch } from '../kernel/index.ts';
import { taskLocal, type TaskLocal } from '../task-local.ts';
import { functionRows, kernelRows, type FunctionRow, type ProfileEvent, type ProfileRow } from './profile-events.ts';
import { printTable, printTrace } from './profile-table.ts';
import { programLabel } from './program-label.ts';

export type { FunctionRow, ProfileEvent, ProfileRow };

declare const performance: { now(): number };

export interface ProfileTableOptions {
  /** Lines for kernels, at most. Default 100. */
  readonly rowLimit?: number;
}

/** What `profile` measured. As text it is a table. torch.profiler.profile */
export class Profile {
  /** Everything that ran, by its start. */
  readonly events: readonly ProfileEvent[];
  /** A row for each kernel and shape, the longest together first. torch.profiler's `key_averages(group_by_input_shape=True)` */
  readonly rows: readonly ProfileRow[];
  /** A row for each label of `recordFunction`, the longest together first. */
  readonly functions: readonly FunctionRow[];
  /** What all of it took by the clock on the wall, until the devices were done. */
  readonly milliseconds: number;
  /** What to know about the times of a device: how it rounds them, why it has none. */
  readonly notes: readonly string[];

  /** @internal */
  constructor(events: readonly ProfileEvent[], milliseconds: number, notes: readonly string[]) {
    this.events = events;
    this.rows = kernelRows(events);
    this.functions = functionRows(events);
    this.milliseconds = milliseconds;
    this.notes = notes;
  }

  /** A table for people. torch.profiler's `key_averages().table()` */
  table({ rowLimit = 100 }: ProfileTableOptions = {}): string {
    return printTable(this, rowLimit);
  }

  toString(): string {
    return this.table();
  }

  /**
   * The events as JSON text that chrome://tracing and https://ui.perfetto.dev draw, once it is in a file. The clock of a GPU is not that
   * of its host: its first kernel is drawn where it was launched. torch.profiler's `export_chrome_trace`
   */
  toChromeTrace(): string {
    return printTrace(this.events);
  }
}

interface Noted {
  readonly launch: Launch;
  readonly within: readonly string[];
  readonly start: number;
  readonly duration: number;
}

const nothing: readonly string[] = [];

/** A profile in the making. */
class Session {
  private readonly began = performance.now();
  private readonly path: TaskLocal<readonly string[]> = taskLocal();
  private readonly functions: ProfileEvent[] = [];
  private readonly launches = new Map<Device, Noted[]>();
  private readonly clocks = new Map<Device, () => Promise<KernelTimes>>();

  now(): number {
    return performance.now() - this.began;
  }

  private within(): readonly string[] {
    return this.path.getStore() ?? nothing;
  }

  launch(device: Device, launch: Launch, run: (device: Device, launch: Launch) => void): void {
    let noted = this.launches.get(device);
    if (!noted) {
      this.launches.set(device, (noted = []));
      const clock = device.backend.profile?.();
      if (clock) this.clocks.set(device, clock);
    }
    const start = this.now();
    run(device, launch);
    noted.push({ launch, within: this.within(), start, duration: this.now() - start });
  }

  function<T>(label: string, fn: () => T): T {
    const within = this.within();
    const start = this.now();
    const end = (): void =>
      void this.functions.push({ kind: 'function', name: label, start, duration: this.now() - start, within });
    let result: T;
    try {
      result = this.path.run([...within, label], fn);
    } catch (error) {
      end();
      throw error;
    }
    if (isPromise(result)) void result.then(end, end);
    else end();
    return result;
  }

  /** Ends it, whatever became of the function. */
  abandon(): void {
    for (const clock of this.clocks.values()) clock().catch(() => {});
  }

  async result(): Promise<Profile> {
    const events = [...this.functions];
    const notes: string[] = [];
    const told = await this.stopClocks();
    for (const [device, noted] of this.launches) {
      const { kernels, note } = told.get(device) ?? { kernels: undefined };
      if (note !== undefined) notes.push(`${device.name}: ${note}`);
      events.push(...(kernels ? timedThere(device, noted, kernels) : timedHere(device, noted)));
    }
    return new Profile(
      events.toSorted((a, b) => a.start - b.start),
      this.now(),
      notes,
    );
  }

  /** Waits for the devices that are behind. Rejects with what went wrong on them. */
  private async stopClocks(): Promise<Map<Device, KernelTimes>> {
    const waiting = [...this.clocks].map(async ([device, clock]) => [device, await clock()] as const);
    const outcomes = await Promise.allSettled(waiting);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw explain(outcome.reason);
    return new Map(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])));
  }
}

const timedHere = ({ name: device }: Device, noted: readonly Noted[]): ProfileEvent[] =>
  noted.map(({ launch, within, start, duration }) => ({
    kind: 'kernel',
    name: programLabel(launch),
    device,
    start,
    duration,
    within,
  }));

function timedThere(
  { name: device }: Device,
  noted: readonly Noted[],
  kernels: NonNullable<KernelTimes['kernels']>,
): ProfileEvent[] {
  const known = new Map(noted.map((entry) => [entry.launch, entry]));
  const zero = kernels.reduce((first, { start }) => Math.min(first, start), Infinity);
  const shift = (noted[0]?.start ?? 0) - zero;
  return kernels.map(({ label, launch, start, duration }): ProfileEvent => {
    const entry = launch && known.get(launch);
    const time = { kind: 'kernel', device, start: start + shift, duration } as const;
    if (!entry) return { ...time, name: label, within: nothing };
    return { ...time, name: programLabel(entry.launch), kernel: label, within: entry.within };
  });
}

let current: Session | undefined;

/**
 * Runs `fn`, which may be async, and tells how long each kernel took that was launched meanwhile, by whomever. A device that runs launches
 * at once is timed by the clock on the wall; one that runs them later by its own clock, where it has one (WebGPU's `timestamp-query`),
 * and is waited for. The first launch of a kernel may compile it: run `fn` once before, to see what it takes from then on.
 * Throws what `fn` throws, or a device afterwards, and Error while another profile is taken. torch.profiler.profile
 *
 * @example
 * const measured = await profile(() => {
 *   const loss = recordFunction('forward', () => criterion(model(x), target));
 *   recordFunction('backward', () => loss.backward());
 *   optimizer.step();
 * });
 * console.log(String(measured));
 */
export async function profile(fn: () => unknown): Promise<Profile> {
  if (current) throw new Error('profile: a profile is being taken. Await it before the next.');
  const session = new Session();
  current = session;
  watchLaunches((device, launch, run) => session.launch(device, launch, run));
  try {
    await fn();
  } catch (error) {
    session.abandon();
    throw error;
  } finally {
    current = undefined;
    watchLaunches(undefined);
  }
  return session.result();
}

/**
 * Runs `fn`, which may be async, and returns what it returns. While a profile is taken it is an event of it, and the kernels launched in it
 * are counted under `label`, also those of other labels within. torch.profiler.record_function
 */
export function recordFunction<T>(label: string, fn: () => T): T {
  return current ? current.function(label, fn) : fn();
}
