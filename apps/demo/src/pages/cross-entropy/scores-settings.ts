// The settings of the main figure, which the code at the end of the page is made from too.

import { number, numbers, settings } from '../../state/url.ts';
import type { Question } from './measure.ts';
import { fitted } from './numerals.ts';

const fields = {
  classes: number(4, { min: 2, max: 6, whole: true }),
  z: numbers([2, 1, -1, 0.5], { min: -6, max: 6, most: 6 }),
  y: number(1, { min: 0, max: 5, whole: true }),
  /** The target as a distribution; empty where it is a class. */
  q: numbers([], { min: 0, max: 1, most: 6 }),
  smoothing: number(0, { min: 0, max: 0.9 }),
  temperature: number(1, { min: 0.2, max: 5 }),
  weights: numbers([], { min: 0, max: 5, most: 6 }),
};

export const scores = settings(fields);

/** All as it is before anybody has touched it. */
export const untouched = Object.fromEntries(
  Object.entries(fields).map(([name, { fallback }]) => [name, fallback]),
) as typeof scores.values.value;

export interface Scores extends Question {
  /** The target as a distribution, also where it is a class. */
  readonly shares: readonly number[];
  /** And after smoothing. */
  readonly smoothed: readonly number[];
}

/** What the address says, made to fit: as many of everything as there are classes, a target among them that adds up to 1. */
export function askedFor({ classes, z, y, q, smoothing, temperature, weights }: typeof scores.values.value): Scores {
  const given = fitted(q, classes, 0);
  const total = given.reduce((sum, share) => sum + share, 0);
  const soft = q.length > 0 && total > 0 ? given.map((share) => share / total) : undefined;
  const target = soft ?? Math.min(y, classes - 1);
  const shares = soft ?? Array.from({ length: classes }, (_, k) => Number(k === target));
  return {
    logits: fitted(z, classes, 0),
    target,
    smoothing,
    temperature,
    ...(weights.length > 0 && { weight: fitted(weights, classes, 1) }),
    shares,
    smoothed: shares.map((share) => (1 - smoothing) * share + smoothing / classes),
  };
}
