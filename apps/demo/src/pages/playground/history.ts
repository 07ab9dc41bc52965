// The curves: scores at the steps at which there was a picture.

import type { Score } from './score.ts';

export interface Moment {
  readonly step: number;
  readonly train: Score | undefined;
  readonly test: Score | undefined;
}

const mostMoments = 800;

/** A list with one more; a run that begins anew, or tells steps again, takes the place of what was told. Thinned out where it gets long. */
export function withMoment(history: readonly Moment[], moment: Moment): readonly Moment[] {
  const kept = history.filter(({ step }) => step < moment.step);
  const next = [...kept, moment];
  return next.length > mostMoments ? next.filter((_, k) => k % 2 === 0 || k === next.length - 1) : next;
}
