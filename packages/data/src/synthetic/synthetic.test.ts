import { Generator, manualSeed, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import fixtures from '../../fixtures/synthetic.json' with { type: 'json' };
import { makeBlobs } from './make-blobs.ts';
import { makeCircles } from './make-circles.ts';
import { makeMoons } from './make-moons.ts';
import { makeSpirals } from './make-spirals.ts';

beforeAll(() => useBackend(reference()));

type Make = (n: number, options: object) => ReturnType<typeof makeMoons>;
const makers: Record<string, Make> = { makeMoons, makeCircles, makeBlobs, makeSpirals };

const seen = async ({ tensors: [x, target] }: ReturnType<Make>) => ({
  x: (await x.toArray()) as number[][],
  target: [...(await target.data())],
});

test.each(fixtures.cases)('$name($n, $options): as scikit-learn with the numbers of PyTorch', async (example) => {
  const { name, n, options, x, target } = example;
  const made = makers[name]!(n, { ...options, generator: new Generator().manualSeed(3) });
  expect([made.length, made.tensors[0].dtype, made.tensors[1].dtype]).toEqual([n, 'float32', 'int32']);
  const found = await seen(made);
  expect(found.target).toEqual(target);
  x.flat().forEach((value, i) => expect(found.x.flat()[i]).toBeCloseTo(value, 5));
});

test.each(Object.entries(makers))('%s: all points, the same for the same seed, in any order', async (_, make) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(), async (n, seed) => {
      manualSeed(seed);
      const shuffled = await seen(make(n, { shuffle: true }));
      const again = await seen(make(n, { shuffle: true, generator: new Generator().manualSeed(seed) }));
      expect(again).toEqual(shuffled);
      const inOrder = await seen(make(n, { shuffle: false, generator: new Generator().manualSeed(seed) }));
      const rows = ({ x, target }: typeof shuffled) => x.map((point, i) => `${target[i]}: ${point}`).toSorted();
      expect(rows(shuffled)).toEqual(rows(inOrder));
      expect(inOrder.target).toEqual(inOrder.target.toSorted((a, b) => a - b));
    }),
    { numRuns: 20 },
  );
});

test('spirals wind from the middle to radius 1, arm by arm', async () => {
  const { x, target } = await seen(makeSpirals(12, { classes: 3, turns: 2, shuffle: false }));
  expect(target).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  x.forEach(([a = 0, b = 0], k) => {
    expect(Math.hypot(a, b)).toBeCloseTo(((k % 4) + 1) / 4, 6);
    const turn = 2 * (((k % 4) + 1) / 4) + (target[k] ?? 0) / 3;
    expect(
      [Math.cos(2 * Math.PI * turn), Math.sin(2 * Math.PI * turn)].map((v, d) => v * Math.hypot(a, b) - [a, b][d]!),
    ).toEqual([expect.closeTo(0, 6), expect.closeTo(0, 6)]);
  });
  expect((await seen(makeSpirals(7, { classes: 3 }))).target.toSorted()).toEqual([0, 0, 0, 1, 1, 2, 2]);
});

test('noise moves the points, and nothing else', async () => {
  const points = (noise: number) => seen(makeMoons(500, { noise, generator: new Generator().manualSeed(1) }));
  const [clean, noisy] = [await points(0), await points(0.1)];
  expect(noisy.target).toEqual(clean.target);
  const squares = noisy.x.flat().map((v, i) => (v - clean.x.flat()[i]!) ** 2);
  expect(Math.sqrt(squares.reduce((a, b) => a + b) / squares.length)).toBeCloseTo(0.1, 2);
});

test('of no points there are none', () => {
  for (const make of Object.values(makers)) expect(make(0, {}).length).toBe(0);
  expect(makeBlobs(4, { nFeatures: 5 }).tensors[0].shape).toEqual([4, 5]);
});

test.each<[string, () => unknown]>([
  ['makeMoons: n should be a whole number, but is 1.5. Pass an integer >= 0.', () => makeMoons(1.5)],
  ['makeMoons: the noise Infinity is no standard deviation.', () => makeMoons(4, { noise: Infinity })],
  ['makeBlobs: a center has the coordinate NaN. Pass finite numbers.', () => makeBlobs(4, { centers: [[1, NaN]] })],
  ['makeMoons: the noise -1 is no standard deviation. Pass a number >= 0.', () => makeMoons(4, { noise: -1 })],
  ['makeCircles: factor is 1. Pass the inner radius, at least 0 and less than 1.', () => makeCircles(4, { factor: 1 })],
  [
    'makeSpirals: classes should be a positive integer, but is 0. Pass an integer >= 1.',
    () => makeSpirals(4, { classes: 0 }),
  ],
  ['makeSpirals: turns is Infinity. Pass a finite number.', () => makeSpirals(4, { turns: Infinity })],
  ['makeBlobs: the number of centers should be a positive integer, but is 0.', () => makeBlobs(4, { centers: [] })],
  ['makeBlobs: nFeatures should be a positive integer, but is 0.', () => makeBlobs(4, { nFeatures: 0 })],
  [
    'makeBlobs: clusterStd has 2 numbers, and there are 3 centers. Pass one for each.',
    () => makeBlobs(4, { clusterStd: [1, 2] }),
  ],
  ['makeBlobs: clusterStd -1 is no standard deviation. Pass numbers >= 0.', () => makeBlobs(4, { clusterStd: -1 })],
  [
    'makeBlobs: center 1 has 1 coordinates, center 0 has 2. Make them alike.',
    () => makeBlobs(4, { centers: [[1, 2], [1]] }),
  ],
  [
    'makeBlobs: centerBox [2, 1] is no interval. Pass [low, high] with low <= high.',
    () => makeBlobs(4, { centerBox: [2, 1] }),
  ],
])('%s', (message, call) => {
  expect(call).toThrow(message);
});
