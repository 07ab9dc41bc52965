import { data } from 'rushlight';
import type { pointSets } from '../config/choices.ts';
import type { Samples, Task } from './task.ts';

type PointSet = (typeof pointSets)[number];

const makers = {
  moons: (n, noise = 0.15) => data.makeMoons(n, { noise }),
  circles: (n, noise = 0.08) => data.makeCircles(n, { noise, factor: 0.5 }),
  spirals: (n, noise = 0.05) => data.makeSpirals(n, { noise }),
  blobs: (n, noise = 1) => data.makeBlobs(n, { centers: 3, clusterStd: noise }),
} satisfies Record<PointSet, (n: number, noise?: number) => Samples>;

/** Points in the plane, made from the seed. */
export function pointsTask(name: PointSet, noise: number | undefined): Task {
  const [train, test] = data.randomSplit(makers[name](1200, noise), [1000, 200]);
  const classes = Array.from({ length: name === 'blobs' ? 3 : 2 }, (_, k) => String(k));
  return {
    description: `${name}: 1,000 points to train with, 200 to test with`,
    kind: 'classification',
    train,
    test,
    mark: undefined,
    inputShape: [2],
    outputs: classes.length,
    classes,
    targetScale: 1,
    card: { kind: 'points', classes },
    notes: [],
  };
}
