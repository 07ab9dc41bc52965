import {
  defaultGenerator,
  drawNormal,
  drawPermutation,
  tensor,
  ValueError,
  type Generator,
  type Tensor,
} from '@rushlight/core';
import { TensorDataset } from '../tensor-dataset.ts';

/** What the sets of points in the plane have in common. */
export interface LabeledPointsOptions {
  /** Standard deviation of the normal numbers added to every coordinate. Default 0: none are drawn. */
  readonly noise?: number;
  /** Put the points in random order. Default true. */
  readonly shuffle?: boolean;
  /** Where the order and the noise come from. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

/** A point in the plane. */
export type Point = readonly [x: number, y: number];

/** Points class after class as a data set: shuffled first, then noisy. Throws a ValueError if the noise is negative. */
export function labeledPoints(
  op: string,
  classes: readonly (readonly Point[])[],
  { noise = 0, shuffle = true, generator = defaultGenerator() }: LabeledPointsOptions,
): TensorDataset<[x: Tensor, target: Tensor]> {
  if (!(noise >= 0 && noise < Infinity)) {
    throw new ValueError(op, `the noise ${noise} is no standard deviation. Pass a number >= 0.`);
  }
  const points = classes.flatMap((members, label) => members.map((point) => ({ point, label })));
  const order = shuffle ? drawPermutation(generator, 'int32', points.length) : points.keys();
  const x = new Float32Array(2 * points.length);
  const target = new Int32Array(points.length);
  [...order].forEach((from, to) => {
    const { point = [0, 0], label = 0 } = points[from] ?? {};
    x.set(point, 2 * to);
    target[to] = label;
  });
  if (noise > 0) drawNormal(generator, 'float32', x.length, 0, noise).forEach((z, i) => (x[i] = (x[i] ?? 0) + z));
  return new TensorDataset(tensor(x, { shape: [points.length, 2] }), tensor(target));
}

/** `count` points of a curve, each by its number. */
export function along(count: number, curve: (i: number) => Point): Point[] {
  return Array.from({ length: count }, (_, i) => curve(i));
}

/** `count` dealt out to `parts`, the first ones getting one more where it does not come out even. */
export function evenly(count: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, i) => Math.floor((count + parts - 1 - i) / parts));
}
