// Whole training runs beside PyTorch's, step by step, from nothing but the seed: every loss, every learning rate, and at the end the
// next number that is drawn.

import { defaultDevice, manualSeed, rand } from '@rushlight/core';
import { clipGradNorm_ } from '@rushlight/optim';
import { expect, test } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend } from './on-every-backend.ts';
import { trainings, type Training } from './training-runs.ts';

interface Run {
  readonly losses: readonly number[];
  readonly rates?: readonly number[];
  readonly after: number;
}

interface Fixture {
  readonly manualSeed: number;
  readonly steps: number;
  readonly runs: Readonly<Record<keyof typeof trainings, Run>>;
}

const { manualSeed: seed, steps, runs } = readFixture<Fixture>('conformance/fixtures', 'training-runs');

/** How far a loss may be from PyTorch's, as a share of it. */
const tolerance = (step: number): number => (step < 5 ? 1e-5 : 1e-4);

async function train(
  { model, optimizer, scheduler, clip, loss }: Training,
  run: Run,
  until: number,
): Promise<string[]> {
  const wrong: string[] = [];
  const compare = (what: string, actual: number, expected: number, share: number): void => {
    if (!(Math.abs(actual - expected) <= share * Math.abs(expected)))
      wrong.push(`${what}: ${actual} instead of ${expected}`);
  };
  for (let step = 0; step < until; step++) {
    const rate = optimizer.paramGroups[0]?.lr ?? Number.NaN;
    compare(`learning rate of step ${step}`, rate, run.rates?.[step] ?? rate, 1e-7);
    optimizer.zeroGrad();
    const value = await loss();
    value.backward();
    if (clip !== undefined) clipGradNorm_(model.parameters(), clip);
    optimizer.step();
    scheduler?.step();
    compare(`loss of step ${step}`, await value.item(), run.losses[step] ?? Number.NaN, tolerance(step));
  }
  if (until === run.losses.length) compare('the next number', await rand([1]).item(), run.after, 1e-6);
  return wrong;
}

onEveryBackend(() => {
  test.each(Object.entries(runs))('%s', async (name, run) => {
    // The definition of every kernel takes its time: there it is the first five steps.
    const until = defaultDevice().name === 'reference' ? 5 : steps;
    manualSeed(seed);
    expect(await train(trainings[name as keyof typeof trainings](steps), run, until)).toEqual([]);
  });
});
