// How the settings of this page stand in the address.

import { choice, number, numbers, settings } from '../../state/url.ts';
import { activations, limits, optimizers, sets } from './config.ts';
import { pointsField } from './own-points.ts';

const layers = numbers([8, 8], { min: 1, max: limits.units, most: limits.layers });

export const playground = settings({
  set: choice('moons', sets),
  classes: number(3, { min: 2, max: limits.classes, whole: true }),
  noise: number(0.3, { min: 0, max: 1 }),
  n: number(300, { min: 50, max: 1000, whole: true }),
  test: number(0.3, { min: 0.1, max: 0.5 }),
  layers: { ...layers, read: (text: string) => layers.read(text)?.map(Math.floor) },
  act: choice('tanh', activations),
  opt: choice('adam', optimizers),
  lr: number(0.01, { min: 0, max: 1e9 }),
  momentum: number(0.9, { min: 0, max: 0.99 }),
  batch: number(32, { min: 1, max: 256, whole: true }),
  decay: number(0, { min: 0, max: 1 }),
  seed: number(0, { min: 0, max: 1e6, whole: true }),
  points: pointsField,
});
