import {
  defaultGenerator, drawNormal, drawPermutation, drawUniform, tensor, ValueError, type Generator, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { checkCount, checkWhole } from '../check-options.ts';
import { TensorDataset } from '../tensor-dataset.ts';
import { evenly } from './labeled-points.ts';

/** Options of `makeBlobs`. */
export interface MakeBlobsOptions {
  /** How many, to be drawn from `centerBox`; or where they are, each a list of coordinates. Default 3. */
  readonly centers?: number | readonly (readonly number[])[];
  /** Standard deviation along each axis: one for all blobs, or one for each. Default 1. */
  readonly clusterStd?: number | readonly number[];
  /** How many coordinates the drawn centers have; those that are given have theirs. Default 2. */
  readonly nFeatures?: number;
  /** Between what the coordinates of centers are drawn. Default [-10, 10]. */
  readonly centerBox?: readonly [low: number, high: number];
  /** Put the points in random order. Default true. */
  readonly shuffle?: boolean;
  /** Where centers, points and order come from, in this order. Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator;
}

/**
 * Normally distributed points around centers, each center a class; the first have one point more where n does not come out even.
 * x float32 [n, nFeatures], target int32 [n]. Throws a ValueError for centers of different lengths, a clusterStd that is
 * negative or of another number, or a centerBox that is no interval.
 * https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_blobs.html
 */
export function makeBlobs(
  n: number,
  {
    centers = 3,
    clusterStd = 1,
    nFeatures = 2,
    centerBox = [-10, 10],
    shuffle = true,
    generator = defaultGenerator(),
  }: MakeBlobsOptions = {},
): TensorDataset<[x: Tensor, target: Tensor]> {
  checkWhole('makeBlobs', 'n', n);
  const isDrawn = typeof centers === 'number';
  const blobs = isDrawn ? centers : centers.length;
  checkCount('makeBlobs', 'the number of centers', blobs);
  const features = isDrawn ? nFeatures : (centers[0]?.length ?? 0);
  checkCount('makeBlobs', 'nFeatures', features);
  const deviations = typeof clusterStd === 'number' ? Array.from({ length: blobs }, () => clusterStd) : clusterStd;
  if (deviations.length !== blobs) {
    throw new ValueError(
      'makeBlobs',
      `clusterStd has ${deviations.length} numbers, and there are ${blobs} centers. Pass one for each.`,
    );
  }
  const negative = deviations.find((std) => !(std >= 0 && std < Infinity));
  if (negative !== undefined) {
    throw new ValueError('makeBlobs', `clusterStd ${negative} is no standard deviation. Pass numbers >= 0.`);
  }
  if (!isDrawn) {
    const unlike = centers.findIndex((center) => center.length !== features);
    if (unlike >= 0) {
      throw new ValueError(
        'makeBlobs',
        `center ${unlike} has ${centers[unlike]?.length} coordinates, center 0 has ${features}. Make them alike.`,
      );
    }
  }
  const odd = isDrawn ? undefined : centers.flat().find((coordinate) => !Number.isFinite(coordinate));
  if (odd !== undefined) throw new ValueError('makeBlobs', `a center has the coordinate ${odd}. Pass finite numbers.`);
  const [low, high] = centerBox;
  if (!(low <= high) || !Number.isFinite(high - low)) {
    throw new ValueError('makeBlobs', `centerBox [${low}, ${high}] is no interval. Pass [low, high] with low <= high.`);
  }
  const middles = isDrawn ? drawUniform(generator, 'float32', blobs * features, low, high) : centers.flat();
  const x = new Float32Array(n * features);
  const target = new Int32Array(n);
  let row = 0;
  evenly(n, blobs).forEach((count, blob) => {
    const spread = drawNormal(generator, 'float32', count * features, 0, deviations[blob]);
    spread.forEach((z, i) => (x[row * features + i] = (middles[blob * features + (i % features)] ?? 0) + z));
    target.fill(blob, row, (row += count));
  });
  if (!shuffle) return new TensorDataset(tensor(x, { shape: [n, features] }), tensor(target));
  const order = drawPermutation(generator, 'int32', n);
  const shuffled = new Float32Array(x.length);
  order.forEach((from, to) => shuffled.set(x.subarray(from * features, (from + 1) * features), to * features));
  return new TensorDataset(
    tensor(shuffled, { shape: [n, features] }),
    tensor(target.map((_, to) => target[order[to] ?? 0] ?? 0)),
  );
}
