// Profiles as text: the table that people read, and the trace that browsers draw.

import { fullName, type FunctionRow, type ProfileEvent, type ProfileRow } from './profile-events.ts';

/** Milliseconds in a unit that suits them. */
function time(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(3)} s`;
  return milliseconds >= 1 ? `${milliseconds.toFixed(3)} ms` : `${(milliseconds * 1000).toFixed(2)} µs`;
}

/** Letters of a name in the table. */
const widest = 96;
const clipped = (name: string): string => (name.length > widest ? `${name.slice(0, widest - 1)}…` : name);

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const cells = ({ name, calls, milliseconds, mean, share }: ProfileRow): string[] => [
  clipped(name),
  percent(share),
  time(milliseconds),
  time(mean),
  String(calls),
];

/** Lines between rules; the first column flush left, the others flush right. */
function ruled(head: readonly string[], lines: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, at) =>
    lines.reduce((most, line) => Math.max(most, line[at]?.length ?? 0), cell.length),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const text = (line: readonly string[]): string =>
    widths
      .map((width, at) => (at === 0 ? (line[at] ?? '').padEnd(width) : (line[at] ?? '').padStart(width)))
      .join('  ')
      .trimEnd();
  return [rule, text(head), rule, ...lines.map(text), rule];
}

export interface TableParts {
  readonly rows: readonly ProfileRow[];
  readonly functions: readonly FunctionRow[];
  readonly milliseconds: number;
  readonly notes: readonly string[];
}

/** The table of a profile, at most `rowLimit` lines of it. */
export function printTable({ rows, functions, milliseconds, notes }: TableParts, rowLimit: number): string {
  const several = new Set(rows.map(({ device }) => device)).size > 1;
  const named = (row: ProfileRow): ProfileRow => (several ? { ...row, name: `${row.device}: ${row.name}` } : row);
  const head = ['', 'share', 'total', 'mean', 'calls'];
  const kernels = ruled(
    ['kernel', ...head.slice(1)],
    rows.slice(0, rowLimit).map((row) => cells(named(row))),
  );
  const left = rows.length - rowLimit;
  if (left > 0) kernels.push(`(and ${left} more)`);
  const labels = functions.map((row) => [...cells(row), time(row.hostMilliseconds)]);
  const total = rows.reduce((sum, row) => sum + row.milliseconds, 0);
  return [
    ...(labels.length > 0 ? [...ruled(['function', ...head.slice(1), 'host'], labels), ''] : []),
    ...kernels,
    `kernels: ${time(total)} in ${rows.reduce((sum, { calls }) => sum + calls, 0)} calls; in all ${time(milliseconds)}`,
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}

/** Events as the trace format of Chrome has them, a line of time for functions and one for each device. */
export function printTrace(events: readonly ProfileEvent[]): string {
  const host = 'functions';
  const lanes = new Map([[host, 0]]);
  const lane = (device: string | undefined): number => {
    const name = device ?? host;
    const known = lanes.get(name);
    if (known !== undefined) return known;
    lanes.set(name, lanes.size);
    return lanes.size - 1;
  };
  const spans = events.map((event) => ({
    ph: 'X',
    cat: event.kind,
    name: fullName(event),
    pid: 0,
    tid: lane(event.device),
    ts: event.start * 1000,
    dur: event.duration * 1000,
    args: event.within.length > 0 ? { within: event.within.join(' / ') } : {},
  }));
  const names = [...lanes].map(([name, tid]) => ({ ph: 'M', name: 'thread_name', pid: 0, tid, args: { name } }));
  return JSON.stringify({ traceEvents: [...names, ...spans], displayTimeUnit: 'ms' });
}
