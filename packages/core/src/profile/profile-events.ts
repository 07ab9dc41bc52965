// What a profile holds: events, and the rows of a table that they are added up to.

/** Something that ran. Times are milliseconds since the profile began. */
export interface ProfileEvent {
  /** A kernel of a device, or a function that `recordFunction` ran. */
  readonly kind: 'kernel' | 'function';
  /** What a kernel computes and its sizes; the label of a function. */
  readonly name: string;
  /** The device's own name for the kernel; a device may need several for one computation. */
  readonly kernel?: string;
  /** The name of the kernel's device. */
  readonly device?: string;
  readonly start: number;
  readonly duration: number;
  /** The labels of the `recordFunction` around it, the outermost first. */
  readonly within: readonly string[];
}

/** All events of one name, added up. */
export interface ProfileRow {
  readonly name: string;
  /** For kernels. */
  readonly device?: string;
  readonly calls: number;
  /** Together, and on average. */
  readonly milliseconds: number;
  readonly mean: number;
  /** Which part of the time of all kernels that is, 0 to 1. */
  readonly share: number;
}

/** A row for functions with one label. Its milliseconds are those of the kernels that were launched in it. */
export interface FunctionRow extends ProfileRow {
  /** What the functions took by the clock on the wall, waiting included; kernels may run later. */
  readonly hostMilliseconds: number;
}

class Sum {
  calls = 0;
  milliseconds = 0;
  hostMilliseconds = 0;
}

function sumOf<K>(sums: Map<K, Sum>, key: K): Sum {
  let sum = sums.get(key);
  if (!sum) sums.set(key, (sum = new Sum()));
  return sum;
}

const rowOf = (name: string, { calls, milliseconds }: Sum, all: number): ProfileRow => ({
  name,
  calls,
  milliseconds,
  mean: calls > 0 ? milliseconds / calls : 0,
  share: all > 0 ? milliseconds / all : 0,
});

const byTime = (a: ProfileRow, b: ProfileRow): number => b.milliseconds - a.milliseconds;

const timeOfKernels = (events: readonly ProfileEvent[]): number =>
  events.reduce((sum, { kind, duration }) => (kind === 'kernel' ? sum + duration : sum), 0);

/** The name that a kernel has in a table. */
export const fullName = ({ name, kernel }: ProfileEvent): string =>
  kernel === undefined ? name : `${name} · ${kernel}`;

/** A row for each kernel, the longest first. */
export function kernelRows(events: readonly ProfileEvent[]): ProfileRow[] {
  const all = timeOfKernels(events);
  const devices = new Map<string, Map<string, Sum>>();
  for (const event of events) {
    if (event.kind !== 'kernel') continue;
    const { device = '', duration } = event;
    let sums = devices.get(device);
    if (!sums) devices.set(device, (sums = new Map()));
    const sum = sumOf(sums, fullName(event));
    sum.calls++;
    sum.milliseconds += duration;
  }
  const rows = [...devices].flatMap(([device, sums]) =>
    [...sums].map(([name, sum]) => ({ ...rowOf(name, sum, all), device })),
  );
  return rows.toSorted(byTime);
}

/** A row for each label, the longest first. */
export function functionRows(events: readonly ProfileEvent[]): FunctionRow[] {
  const all = timeOfKernels(events);
  const sums = new Map<string, Sum>();
  for (const { kind, name, duration, within } of events) {
    if (kind === 'kernel') {
      for (const label of new Set(within)) sumOf(sums, label).milliseconds += duration;
      continue;
    }
    const sum = sumOf(sums, name);
    sum.calls++;
    if (!within.includes(name)) sum.hostMilliseconds += duration; // of one that calls itself, once
  }
  const rows = [...sums].map(([name, sum]) => ({ ...rowOf(name, sum, all), hostMilliseconds: sum.hostMilliseconds }));
  return rows.toSorted(byTime);
}
