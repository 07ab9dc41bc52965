import type { Tensor } from '@rushlight/core';
import { checkWhole } from '../check-options.ts';
import type { TensorDataset } from '../tensor-dataset.ts';
import { along, labeledPoints, type LabeledPointsOptions } from './labeled-points.ts';

/** Options of `makeMoons`. */
export type MakeMoonsOptions = LabeledPointsOptions;

/**
 * Two half circles that reach into each other, of ⌊n / 2⌋ and the other points: (cos t, sin t) of class 0 and
 * (1 − cos t, ½ − sin t) of class 1, t from 0 to π. x float32 [n, 2], target int32 [n]. Throws a ValueError unless n is a whole
 * number and noise >= 0.
 * https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_moons.html
 *
 * @example
 * const loader = new DataLoader(makeMoons(1000, { noise: 0.1 }), { batchSize: 32, shuffle: true });
 */
export function makeMoons(n: number, options: MakeMoonsOptions = {}): TensorDataset<[x: Tensor, target: Tensor]> {
  checkWhole('makeMoons', 'n', n);
  const outer = Math.floor(n / 2);
  const angle = (i: number, count: number): number => (count > 1 ? (Math.PI * i) / (count - 1) : 0);
  const classes = [
    along(outer, (i) => [Math.cos(angle(i, outer)), Math.sin(angle(i, outer))]),
    along(n - outer, (i) => [1 - Math.cos(angle(i, n - outer)), 0.5 - Math.sin(angle(i, n - outer))]),
  ];
  return labeledPoints('makeMoons', classes, options);
}
