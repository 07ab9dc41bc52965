// A whole training run against PyTorch's, step by step: every loss, the final weights, and every number drawn from the seed.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manualSeed, randn, type Tensor } from '@rushlight/core';
import { CrossEntropyLoss } from '@rushlight/losses';
import * as nn from '@rushlight/nn';
import { SGD } from '@rushlight/optim';
import { describe, expect, test } from 'vitest';
import { differences, elements, exact, tensorDifferences, within } from './compare.ts';
import { make } from './fixture.ts';
import { onEveryBackend } from './on-every-backend.ts';

type Weights = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;

interface Run {
  readonly manualSeed: number;
  readonly batchShape: readonly [number, number];
  readonly lr: number;
  readonly initial: Weights;
  readonly batches: readonly { readonly x: readonly number[]; readonly y: readonly number[] }[];
  readonly losses: readonly number[];
  readonly final: Weights;
}

class MyModel extends nn.Module<[Tensor], Tensor> {
  fc1 = new nn.Linear(10, 5);
  fc2 = new nn.Linear(5, 2);
  forward(x: Tensor): Tensor {
    return this.fc2(this.fc1(x).relu());
  }
}

const loss = { absolute: 1e-5, relative: 0 };
const trained = { absolute: 1e-4, relative: 0 };
const drawn = { absolute: 1e-6, relative: 0 };

async function weightDifferences(
  when: string,
  model: MyModel,
  expected: Weights,
  tolerance: typeof loss,
): Promise<string[]> {
  const state = model.stateDict();
  const wrong = String(Object.keys(state)) === String(Object.keys(expected)) ? [] : [`keys ${Object.keys(state)}`];
  for (const [key, { shape, data }] of Object.entries(expected)) {
    const found = await tensorDifferences(state[key], { dtype: 'float32', shape, data }, { tolerance });
    wrong.push(...within(`${when} ${key}`, found));
  }
  return wrong;
}

type Batch = readonly [x: Tensor, y: Tensor];

async function train(run: Run, model: MyModel, batches: readonly Batch[]): Promise<string[]> {
  const criterion = new CrossEntropyLoss();
  const optimizer = new SGD(model.parameters(), { lr: run.lr });
  const losses: number[] = [];
  for (const [x, y] of batches) {
    optimizer.zeroGrad();
    const l = criterion(model(x), y);
    l.backward();
    optimizer.step();
    losses.push(await l.item());
  }
  return [
    ...within('losses', differences(losses, run.losses, loss)),
    ...(await weightDifferences('final', model, run.final, trained)),
  ];
}

function replays(run: Run): void {
  test('from the recorded weights and batches', async () => {
    const model = new MyModel();
    const initial = Object.entries(run.initial).map(([key, w]) => [key, make('float32', w.shape, w.data)]);
    model.loadStateDict(Object.fromEntries(initial));
    const batches = run.batches.map(({ x, y }): Batch => [
      make('float32', run.batchShape, x),
      make('int32', [y.length], y),
    ]);
    expect(await train(run, model, batches)).toEqual([]);
  });

  test('from the seed alone', async () => {
    manualSeed(run.manualSeed);
    const model = new MyModel();
    const wrong = await weightDifferences('initial', model, run.initial, drawn);
    const direction = randn([10]);
    const batches: Batch[] = [];
    for (const [step, expected] of run.batches.entries()) {
      const x = randn([...run.batchShape]);
      const y = x.matmul(direction).gt(0).to('int32');
      wrong.push(...within(`batch ${step}`, differences(await elements(x), expected.x, drawn)));
      wrong.push(...within(`labels ${step}`, differences(await elements(y), expected.y, exact)));
      batches.push([x, y]);
    }
    expect([...wrong, ...(await train(run, model, batches))]).toEqual([]);
  });
}

const read = (path: string): Run => JSON.parse(readFileSync(path, 'utf8')) as Run;
const committed = fileURLToPath(new URL('../fixtures/seed-mlp.json', import.meta.url));
const shared = process.env['RUSHLIGHT_SHARED'] ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const reference = `${shared}/reference/seed-mlp.json`;
const found = existsSync(reference);
if (!found) {
  process.stderr.write(`NOT RUN: the reference run of 100 steps. ${reference} does not exist; set RUSHLIGHT_SHARED.\n`);
}

onEveryBackend(() => {
  describe('30 steps', () => {
    replays(read(committed));
  });
  describe.skipIf(!found)('the reference run of 100 steps', () => {
    replays(read(found ? reference : committed));
  });
});
