// The momentum that cycles move, the other way than the learning rate: β₁ where there are betas.

import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import type { ParamGroup } from '../param-group.ts';

/** A group that may have a momentum. */
export type MomentumGroup = ParamGroup & {
  momentum?: number;
  betas?: readonly number[];
};

/** Which of the optimizer's options is the momentum. Throws ValueError if none is. */
export function momentumOf(op: string, { name: kind, defaults }: Optimizer): 'betas' | 'momentum' {
  if ('betas' in defaults) return 'betas';
  if ('momentum' in defaults) return 'momentum';
  throw new ValueError(
    op,
    `the optimizer, ${kind}, has no momentum and no betas to cycle. Set { cycleMomentum: false }.`,
  );
}

/** The momentum of a group. */
export function getMomentum({ betas, momentum = 0 }: MomentumGroup): number {
  return betas?.[0] ?? momentum;
}

export function setMomentum(group: MomentumGroup, value: number): void {
  if (group.betas) group.betas = [value, ...group.betas.slice(1)];
  else group.momentum = value;
}
