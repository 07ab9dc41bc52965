// What a reader has to know besides the numbers: who could not and why, who ran as less than was asked for, who was compared less far.

import type { Row, WorkloadResult } from '../measure/measure-workload.ts';

/** A line for each contender of whom there is something to say; `threads` is how many each was asked to use. */
export function remarks({ rows, checks }: WorkloadResult, threads: number): string[] {
  const last = checks.at(-1) ?? 0;
  return rows.flatMap((row) => {
    const said = row.failure ? [failed(row.failure)] : [...fellBack(row, threads), ...comparedLess(row, checks, last)];
    return said.length > 0 ? [`${row.title}: ${said.join('; ')}`] : [];
  });
}

const failed = ({ kind, reason }: NonNullable<Row['failure']>): string =>
  kind === 'wrong' ? `WRONG, ${reason}` : reason;

function fellBack({ threads: had, description = '' }: Row, asked: number): string[] {
  const [, ...notes] = description.split('; ');
  return had !== undefined && had < asked ? [`${had} of ${asked} threads`, ...notes] : notes;
}

function comparedLess({ trajectory }: Row, checks: readonly number[], last: number): string[] {
  const reached = checks[trajectory.length - 1] ?? 0;
  return reached < last ? [`checked after ${reached} of ${last} steps`] : [];
}
