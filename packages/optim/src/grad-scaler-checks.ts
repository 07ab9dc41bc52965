// What a scaler's numbers may be.

import { ValueError } from '@rushlight/core';

/** Refuses a number that does not lie between two, both of them excluded. */
export function checkBetween(name: string, value: number, above: number, below: number): void {
  if (typeof value === 'number' && value > above && value < below) return;
  const range =
    below === Infinity ? `a finite number greater than ${above}` : `greater than ${above} and less than ${below}`;
  throw new ValueError('GradScaler', `${name} is ${String(value)}. It must be ${range}.`);
}

/** Refuses what is no number of steps. */
export function checkInterval(value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new ValueError(
    'GradScaler',
    `growthInterval is ${String(value)}. It must be a whole number of steps, 1 or more.`,
  );
}
