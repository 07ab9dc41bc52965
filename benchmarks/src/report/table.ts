// Tables for the terminal.

import type { Row, WorkloadResult } from '../measure/measure-workload.ts';
import { remarks } from './remarks.ts';

/** A number in about three figures. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value === 0 ? '0' : String(Number(value.toPrecision(3)));
}

/** Lines of cells, the first column flush left, the others flush right. */
function align(lines: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines.map((line) =>
    widths
      .map((width, at) => (at === 0 ? (line[at] ?? '').padEnd(width) : (line[at] ?? '').padStart(width)))
      .join('  ')
      .trimEnd(),
  );
}

/** Timings, then what the contenders agreed on, then remarks; `threads` is how many each was asked to use. */
export function printResult(result: WorkloadResult, threads: number): string {
  const { workload, title, rows } = result;
  const timed = rows.filter(({ rate }) => rate);
  const sections = [[`${workload}: ${title}`]];
  if (timed.length > 0) sections.push(align(timings(result, timed)), align(trajectories(result, rows)));
  sections.push(remarks(result, threads));
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines, at) => lines.map((line) => (at === 0 ? line : `  ${line}`)).join('\n'))
    .join('\n\n');
}

function timings({ group, base, flops, rows }: WorkloadResult, timed: readonly Row[]): string[][] {
  const against = rows.find(({ contender }) => contender === base)?.title ?? '';
  const hasPeak = timed.some(({ peak }) => peak !== undefined);
  const unit = group === 'training' ? 'steps/s' : 'calls/s';
  const head = [
    '',
    unit,
    'quartiles',
    'ms',
    ...(flops ? ['GFLOP/s'] : []),
    ...(hasPeak ? ['of peak'] : []),
    `× ${against}`,
    'rounds',
  ];
  const lines = timed.flatMap(({ title, rate, peak, ratio = Number.NaN }) => {
    if (!rate) return [];
    const { median, low, high, rounds, noisy } = rate;
    const gigaflops = flops ? [short((median * flops) / 1e9)] : [];
    const share = peak === undefined || !flops ? '' : `${short((100 * median * flops) / peak)} %`;
    const turns = noisy > 0 ? `${rounds}, ${noisy} noisy` : String(rounds);
    return [
      [
        title,
        short(median),
        `${short(low)}–${short(high)}`,
        short(1e3 / median),
        ...gigaflops,
        ...(hasPeak ? [share] : []),
        short(ratio),
        turns,
      ],
    ];
  });
  return [head, ...lines];
}

/** The losses of everybody, step by step; of kernels, whose outputs say nothing by themselves, only that they agree. */
function trajectories({ group, checks }: WorkloadResult, rows: readonly Row[]): string[][] {
  const known = rows.filter(({ trajectory }) => trajectory.length > 0);
  if (group === 'kernels') {
    const agreeing = known.filter(({ failure }) => failure?.kind !== 'wrong');
    return [[`same outputs: ${agreeing.map(({ title }) => title).join(' · ')}`]];
  }
  return [
    ['loss after', ...checks.map((step) => `${step} step${step > 1 ? 's' : ''}`)],
    ...known.map(({ title, trajectory }) => [
      title,
      ...trajectory.map((numbers) => numbers.map((number) => number.toPrecision(6)).join(' ')),
    ]),
  ];
}
