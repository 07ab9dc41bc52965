import { ValueError, type Tensor } from '@rushlight/core';
import { checkWhole } from '../check-options.ts';
import type { TensorDataset } from '../tensor-dataset.ts';
import { along, labeledPoints, type LabeledPointsOptions, type Point } from './labeled-points.ts';

/** Options of `makeCircles`. */
export interface MakeCirclesOptions extends LabeledPointsOptions {
  /** The radius of the inner circle, in [0, 1). Default 0.8. */
  readonly factor?: number;
}

/**
 * Two circles around the origin, of radius 1 with ⌊n / 2⌋ points of class 0 and of radius `factor` with the others, of class 1.
 * x float32 [n, 2], target int32 [n]. Throws a ValueError unless n is a whole number, 0 <= factor < 1 and noise >= 0.
 * https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_circles.html
 */
export function makeCircles(
  n: number,
  { factor = 0.8, ...options }: MakeCirclesOptions = {},
): TensorDataset<[x: Tensor, target: Tensor]> {
  checkWhole('makeCircles', 'n', n);
  if (!(factor >= 0 && factor < 1)) {
    throw new ValueError('makeCircles', `factor is ${factor}. Pass the inner radius, at least 0 and less than 1.`);
  }
  const outer = Math.floor(n / 2);
  return labeledPoints('makeCircles', [circle(outer, 1), circle(n - outer, factor)], options);
}

function circle(count: number, radius: number): Point[] {
  return along(count, (i) => {
    const angle = (2 * Math.PI * i) / count;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}
