// The curves: scores at the steps at which there was a picture.

import type { Score } from './score.ts';

export interface Moment {
  readonly step: number;
  readonly train: Score | undefined;
  readonly test: Score | undefined;
}

const mostMoments = 800;

/** A list with one more; a run that begins anew, or tells steps again, takes the place of what was told. Thinned out where it gets long. */
export function withMoment(history: readonly Moment[], { step: now, train, test }: Moment): readonly Moment[] {
  const kept = history.filter(({ step }) => step < now);
  // Of what is given, which may be a whole picture, these alone.
  const next = [...kept, { step: now, train, test }];
  return next.length > mostMoments ? next.filter((_, k) => k % 2 === 0 || k === next.length - 1) : next;
}
