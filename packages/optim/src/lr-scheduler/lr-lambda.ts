import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';

/** The factor for an epoch, counted from 0. */
export type LRLambda = (epoch: number) => number;

/** The function of every group. Throws ValueError for what is none, or if there are not as many as groups. */
export function lambdasOf(
  op: string,
  { paramGroups }: Optimizer,
  lrLambda: LRLambda | readonly LRLambda[],
): readonly LRLambda[] {
  const lambdas = typeof lrLambda === 'function' ? paramGroups.map(() => lrLambda) : lrLambda;
  if (!Array.isArray(lambdas) || !lambdas.every((lambda) => typeof lambda === 'function')) {
    throw new ValueError(
      op,
      'lrLambda is no function. Pass one of the epoch, (epoch) => 0.9 ** epoch, or one for each group.',
    );
  }
  if (lambdas.length === paramGroups.length) return lambdas;
  throw new ValueError(
    op,
    `there are ${lambdas.length} functions for ${paramGroups.length} parameter groups. Give one for all, or one for each.`,
  );
}
