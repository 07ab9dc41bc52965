import { data } from 'rushlight';
import { pointDefaults, type Task } from './task.ts';

const makers = {
  moons: (n: number) => data.makeMoons(n, { noise: 0.15 }),
  circles: (n: number) => data.makeCircles(n, { noise: 0.08, factor: 0.5 }),
  spirals: (n: number) => data.makeSpirals(n, { noise: 0.05 }),
  blobs: (n: number) => data.makeBlobs(n, { centers: 3 }),
};

export const pointSets = Object.keys(makers) as (keyof typeof makers)[];

/** Points in the plane, made from the seed. */
export function pointsTask(name: keyof typeof makers): Task {
  const all = makers[name](1200);
  const [train, test] = data.randomSplit(all, [1000, 200]);
  const classes = name === 'blobs' ? 3 : 2;
  const names = Array.from({ length: classes }, (_, k) => String(k));
  return {
    description: `${name}: 1,000 points to train with, 200 to test with`,
    kind: 'classification',
    train,
    test,
    inputShape: [2],
    outputs: classes,
    classes: names,
    targetScale: 1,
    card: { kind: 'points', classes: names },
    defaults: pointDefaults,
    notes: [],
  };
}
