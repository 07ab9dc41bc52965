import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkNotNegative } from './check-number.ts';

/** A number for all groups, or one for each. */
export type PerGroup = number | readonly number[];

/** The number of every group. Throws ValueError for one that is negative or not finite, or if there are not as many as groups. */
export function perGroup(op: string, name: string, { paramGroups }: Optimizer, value: PerGroup): number[] {
  if (!Array.isArray(value)) {
    checkNotNegative(op, name, value as number);
    return paramGroups.map(() => value as number);
  }
  value.forEach((one: number, g) => checkNotNegative(op, `${name}[${g}]`, one));
  if (value.length === paramGroups.length) return [...(value as readonly number[])];
  throw new ValueError(
    op,
    `${name} has ${value.length} numbers for ${paramGroups.length} parameter groups. Give one for all, or one for each.`,
  );
}
