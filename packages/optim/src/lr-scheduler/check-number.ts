import { ValueError } from '@rushlight/core';

/** Refuses what is no integer, or less than `minimum`. */
export function checkInteger(op: string, name: string, value: number, minimum: number): void {
  if (Number.isInteger(value) && value >= minimum) return;
  throw new ValueError(op, `${name} is ${value}. It must be an integer ≥ ${minimum}.`);
}

/** Refuses what lies outside [0, 1]. */
export function checkFraction(op: string, name: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new ValueError(op, `${name} is ${value}. It must be in [0, 1].`);
}

/** Refuses what is none of the words. */
export function checkChoice(op: string, name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new ValueError(op, `${name} is '${String(value)}'. Use '${choices.join("' or '")}'.`);
}
