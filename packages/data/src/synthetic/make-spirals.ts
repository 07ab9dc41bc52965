import { ValueError, type Tensor } from '@rushlight/core';
import { checkCount, checkWhole } from '../check-options.ts';
import type { TensorDataset } from '../tensor-dataset.ts';
import { along, evenly, labeledPoints, type LabeledPointsOptions } from './labeled-points.ts';

/** Options of `makeSpirals`. */
export interface MakeSpiralsOptions extends LabeledPointsOptions {
  /** How many arms, each a class. Default 2. */
  readonly classes?: number;
  /** How often an arm goes round; a negative number winds it clockwise. Default 1. */
  readonly turns?: number;
}

/**
 * Arms that wind around the origin out to radius 1. Point i of the m of class c is at the radius r = (i + 1) / m and at the angle
 * 2π (turns · r + c / classes). x float32 [n, 2], target int32 [n]. Throws a ValueError unless n is a whole number, classes a
 * positive one, turns finite and noise >= 0.
 */
export function makeSpirals(
  n: number,
  { classes = 2, turns = 1, ...options }: MakeSpiralsOptions = {},
): TensorDataset<[x: Tensor, target: Tensor]> {
  checkWhole('makeSpirals', 'n', n);
  checkCount('makeSpirals', 'classes', classes);
  if (!Number.isFinite(turns)) throw new ValueError('makeSpirals', `turns is ${turns}. Pass a finite number.`);
  const arms = evenly(n, classes).map((count, label) =>
    along(count, (i) => {
      const radius = (i + 1) / count;
      const angle = 2 * Math.PI * (turns * radius + label / classes);
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    }),
  );
  return labeledPoints('makeSpirals', arms, options);
}
