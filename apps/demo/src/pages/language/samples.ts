import type { Sample } from './job.ts';

const most = 40;

/** The list with one more, in the order of steps. A run that begins anew begins a new list; a long one loses every other of the older. */
export function addSample(list: readonly Sample[], sample: Sample): readonly Sample[] {
  if (list.some(({ number, step }) => number === sample.number && step === sample.step)) return list;
  if (sample.step === 0 && !sample.isAsked) return [sample];
  // After a lost device the run is told again from an earlier step on.
  const next = [...list.filter(({ step }) => step <= sample.step), sample];
  return next.length > most ? next.filter((_, k) => k % 2 === 0 || k > most - 10) : next;
}
