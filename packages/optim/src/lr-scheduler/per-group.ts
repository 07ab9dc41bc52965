import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';

/** A number for all groups, or one for each. */
export type PerGroup = number | readonly number[];

/** The number of every group. Throws ValueError if there are not as many numbers as groups. */
export function perGroup(op: string, name: string, { paramGroups }: Optimizer, value: PerGroup): number[] {
  if (typeof value === 'number') return paramGroups.map(() => value);
  if (value.length === paramGroups.length) return [...value];
  throw new ValueError(
    op,
    `${name} has ${value.length} numbers for ${paramGroups.length} parameter groups. Give one for all, or one for each.`,
  );
}
