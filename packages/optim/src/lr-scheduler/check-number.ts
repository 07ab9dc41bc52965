// What schedules check of what they are given: names first, since a misspelt option would do nothing without a word.

import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';

/** A value for a message. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

/** Refuses what is no optimizer, and options that there are not. */
export function checkGiven(
  op: string,
  optimizer: Optimizer,
  options: object,
  own: readonly string[],
  common: readonly string[] = ['lastEpoch'],
): void {
  if (!Array.isArray((optimizer as Partial<Optimizer> | undefined)?.paramGroups)) {
    throw new ValueError(op, 'the first argument is no optimizer. Pass one of optim: SGD, Adam, …');
  }
  const all = [...own, ...common];
  if (typeof options !== 'object' || options === null) {
    throw new ValueError(op, `the options are ${shown(options)}. Pass an object, such as { ${all[0]}: … }.`);
  }
  const unknown = Object.keys(options).find((option) => !all.includes(option));
  if (unknown === undefined) return;
  throw new ValueError(op, `there is no option "${unknown}". Options: ${all.join(', ')}.`);
}

/** Refuses what is no integer, or less than `minimum`. */
export function checkInteger(op: string, name: string, value: number, minimum: number): void {
  if (Number.isSafeInteger(value) && value >= minimum) return;
  throw new ValueError(op, `${name} is ${shown(value)}. It must be an integer ≥ ${minimum}.`);
}

/** Refuses what is not finite, or negative. */
export function checkNotNegative(op: string, name: string, value: number): void {
  if (typeof value === 'number' && value >= 0 && value < Infinity) return;
  throw new ValueError(op, `${name} is ${shown(value)}. It must be a finite number ≥ 0.`);
}

/** Refuses what is not finite, 0 or negative. */
export function checkPositive(op: string, name: string, value: number): void {
  if (typeof value === 'number' && value > 0 && value < Infinity) return;
  throw new ValueError(op, `${name} is ${shown(value)}. It must be a finite number > 0.`);
}

/** Refuses what lies outside [0, 1]. */
export function checkFraction(op: string, name: string, value: number): void {
  if (typeof value === 'number' && value >= 0 && value <= 1) return;
  throw new ValueError(op, `${name} is ${shown(value)}. It must be in [0, 1].`);
}

/** Refuses what is none of the words. */
export function checkChoice(op: string, name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new ValueError(op, `${name} is ${shown(value)}. Use '${choices.join("' or '")}'.`);
}

/** What PyTorch 1 did not save, or not always. */
const optional = ['_anneal_func_type', '_anneal_strategy', 'use_beta1', '_last_lr'];

/** Refuses a state that lacks what a schedule of this kind writes. */
export function checkState(op: string, state: object, own: object): void {
  const found = typeof state === 'object' && state !== null ? state : {};
  const missing = Object.keys(own).find((key) => !optional.includes(key) && !Object.hasOwn(found, key));
  if (missing === undefined) return;
  throw new ValueError(
    op,
    `the state has no ${missing} (it has ${Object.keys(found).join(', ') || 'nothing'}). Load the state of a schedule of the same kind.`,
  );
}
