// Averages of a model's weights beside PyTorch's: what they are, what they answer, and what updateBn makes of them.

import '@rushlight/core/methods';
import { cpu } from '@rushlight/backend-cpu';
import { manualSeed, noGrad, ones, openBackend, randn, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import * as nn from '@rushlight/nn';
import { SGD } from '@rushlight/optim';
import * as swaUtils from '@rushlight/optim/swa-utils';
import { expect, test } from 'vitest';
import { differences, elements, within } from './compare.ts';
import { readFixture } from './fixture.ts';
import { onEveryBackend } from './on-every-backend.ts';

type State = Readonly<Record<string, readonly number[]>>;

interface Case {
  readonly fn: string;
  readonly decay: number | null;
  readonly updates: number;
  readonly useBuffers: boolean;
  readonly momentum: number | null;
  readonly pairs: boolean;
  readonly swa: swaUtils.SWALROptions;
  readonly rates: readonly number[];
  readonly state: State;
  readonly evaluated: readonly number[];
  readonly bn: State;
  readonly reevaluated: readonly number[];
  readonly trained: readonly number[];
  readonly trainedBn: State;
  readonly model: State;
}

interface Fixture {
  readonly manualSeed: number;
  readonly steps: number;
  readonly cases: readonly Case[];
}

const { manualSeed: seed, steps, cases } = readFixture<Fixture>('conformance/fixtures', 'training-runs-averaged');
const tolerance = { absolute: 2e-5, relative: 1e-4 };

const half: swaUtils.AvgFn = (averaged, current, count) => averaged.mul(0.5).add(current.div(count.add(1)));

function follows({ fn, decay }: Case): swaUtils.AveragedModelOptions {
  if (fn === 'none') return {};
  if (fn === 'half') return { avgFn: half };
  const made = swaUtils[fn as 'getEmaAvgFn'](decay ?? undefined);
  return fn.includes('Multi') ? { multiAvgFn: made as unknown as swaUtils.MultiAvgFn } : { avgFn: made };
}

/** Where tensors are not what they shall be. */
async function wrongIn(what: string, found: Readonly<Record<string, Tensor>>, expected: State): Promise<string[]> {
  const wrong = String(Object.keys(found)) === String(Object.keys(expected)) ? [] : [`${what}: ${Object.keys(found)}`];
  for (const [key, numbers] of Object.entries(expected)) {
    const tensor = found[key];
    wrong.push(...within(`${what} ${key}`, differences(tensor ? await elements(tensor) : [], numbers, tolerance)));
  }
  return wrong;
}

async function replay(c: Case): Promise<string[]> {
  manualSeed(seed);
  const bn = new nn.BatchNorm1d(5, { momentum: c.momentum });
  const model = new nn.Sequential(new nn.Linear(4, 5), bn, new nn.Tanh(), new nn.Linear(5, 2));
  const optimizer = new SGD(model.parameters(), { lr: 0.2, momentum: 0.9 });
  const average = new swaUtils.AveragedModel(model, { ...follows(c), useBuffers: c.useBuffers });
  const scheduler = new swaUtils.SWALR(optimizer, 0.05, c.swa);
  const rates: number[] = [];
  for (let step = 0; step < steps; step++) {
    const x = randn([6, 4]);
    optimizer.zeroGrad();
    model(x).sub(x.narrow(1, 0, 2).mul(x.narrow(1, 2, 2))).square().mean().backward(); // prettier-ignore
    optimizer.step();
    if (step >= steps - c.updates) average.updateParameters(model);
    rates.push(optimizer.paramGroups[0]?.lr ?? Number.NaN);
    scheduler.step();
  }
  const x = randn([3, 4]);
  average.eval();
  const found = [
    ...within('rates', differences(rates, c.rates, { absolute: 0, relative: 1e-6 })),
    ...(await wrongIn('state', average.stateDict(), c.state)),
    ...within('evaluated', differences(await elements(average(x)), c.evaluated, tolerance)),
  ];
  const averagedBn = average.module.getSubmodule('1');
  const batches = Array.from({ length: 3 }, () => randn([6, 4]));
  await swaUtils.updateBn(c.pairs ? batches.map((batch) => [batch, null]) : batches, average);
  expect([average.training, model.training, bn.momentum]).toEqual([false, true, c.momentum]);
  found.push(
    ...(await wrongIn('bn', averagedBn.stateDict(), c.bn)),
    ...within('reevaluated', differences(await elements(average(x)), c.reevaluated, tolerance)),
    ...within('trained', differences(await elements(average.train()(x)), c.trained, tolerance)),
    ...(await wrongIn('trainedBn', averagedBn.stateDict(), c.trainedBn)),
    ...(await wrongIn('model', model.stateDict(), c.model)),
  );
  return found;
}

onEveryBackend(() => {
  const named = cases.map(
    (c, k) => [`${k} ${c.fn} ${c.decay ?? ''} updates=${c.updates} useBuffers=${c.useBuffers}`, c] as const,
  );
  test.each(named)('%s', async (_, c) => {
    expect(await replay(c)).toEqual([]);
  });
});

test('an average may be on another device than its model', async () => {
  await openBackend(cpu());
  await useBackend(reference());
  const model = new nn.Linear(2, 1);
  const average = await new swaUtils.AveragedModel(model).to('cpu');
  for (const value of [1, 4]) {
    noGrad(() => model.parameters().forEach((parameter) => parameter.fill_(value)));
    await average.updateParametersAsync(model);
  }
  expect(await average(await ones([1, 2]).to('cpu')).item()).toBe(7.5);
  expect(model.weight.device.name).toBe('reference');
  expect(() => average.updateParameters(model)).toThrow(
    'updateParameters: the model is on "reference", the average on "cpu". Use `await average.updateParametersAsync(model)`.',
  );
});
