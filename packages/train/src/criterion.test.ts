import { indexSelect, manualSeed, ones, randint, randn, rand, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { DataLoader, TensorDataset } from '@rushlight/data';
import { crossEntropy } from '@rushlight/losses';
import { Linear } from '@rushlight/nn';
import { SGD } from '@rushlight/optim';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { weighed, type Criterion } from './criterion.ts';
import { evaluate, type Model } from './evaluate.ts';
import { MeanLoss } from './metrics/mean-loss.ts';
import { Trainer } from './trainer.ts';

beforeAll(() => useBackend(reference()));

const ignoreIndex = 3;

/** Samples of three classes, and some whose class is to be ignored. */
function samples(count: number, seed: number): [Tensor, Tensor] {
  manualSeed(seed);
  return [randn([count, 2]), randint(4, [count], { dtype: 'int32' })];
}

const plain = (output: Tensor, target: Tensor): Tensor =>
  crossEntropy(output, target, { weight: tensor([0.5, 1, 4]), ignoreIndex });
/** The weights of the classes, and 0 for what is ignored. */
const weighted: Criterion = (output, target) => ({
  loss: plain(output, target),
  weight: indexSelect(tensor([0.5, 1, 4, 0]), 0, target).sum(),
});

describe('with class weights and ignored targets the mean is that over the whole data at once', () => {
  const sizes = fc.integer({ min: 8, max: 40 });

  test('evaluate and MeanLoss', async () => {
    const property = fc.asyncProperty(sizes, fc.integer({ min: 1, max: 9 }), fc.nat(99), async (count, batchSize, seed) => {
      const [x, target] = samples(count, seed);
      const model = new Linear(2, 3) as Model;
      const whole = plain(model(x), target).itemSync() as number;
      const loader = new DataLoader(new TensorDataset(x, target), { batchSize });
      const metric = new MeanLoss(weighted);
      const values = await evaluate(loader, { model, criterion: weighted, metrics: { metric } });
      expect(values.loss).toBeCloseTo(whole, 5);
      expect(values['metric']).toBeCloseTo(whole, 5);
    }); // prettier-ignore
    await fc.assert(property, { numRuns: 25 });
  });

  test('an epoch of the trainer, whose weights stay what they are', async () => {
    const [x, target] = samples(31, 4);
    const model = new Linear(2, 3) as Model;
    const whole = plain(model(x), target).itemSync() as number;
    const loss = async (criterion: Criterion, batchSize: number): Promise<number> => {
      const trainLoader = new DataLoader(new TensorDataset(x, target), { batchSize, shuffle: true });
      const optimizer = new SGD(model.parameters(), { lr: 0 });
      const [epoch] = (await new Trainer({ model, criterion, optimizer, trainLoader, accumulate: 2 }).fit(1)).epochs;
      return epoch?.loss ?? NaN;
    };
    expect(await loss(weighted, 5)).toBeCloseTo(whole, 5);
    // Also where a batch has nothing that counts: its mean is NaN.
    expect(await loss(weighted, 1)).toBeCloseTo(whole, 5);
    expect(Math.abs((await loss(plain, 5)) - whole)).toBeGreaterThan(0.001);
    expect(model.parameters().every((p) => (p.dataSync() as Float32Array).every(Number.isFinite))).toBe(true);
  });

  test('an evaluation of ignored targets alone says so, in a run too', async () => {
    const [x, target] = samples(6, 5);
    const ignored = new DataLoader(new TensorDataset(x, target.mul(0).add(ignoreIndex)), { batchSize: 4 });
    const trainLoader = new DataLoader(new TensorDataset(x, target), { batchSize: 4 });
    const model = new Linear(2, 3) as Model;
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const message = 'evaluate: the criterion gave all 6 samples the weight 0, so that there is no mean loss.';
    await expect(evaluate(ignored, { model, criterion: weighted })).rejects.toThrow(message);
    const trainer = new Trainer({ model, criterion: weighted, optimizer, trainLoader, evalLoader: ignored });
    await expect(trainer.fit(1)).rejects.toThrow(message);
  });

  test('it goes on from a checkpoint', async () => {
    const make = (): Trainer => {
      const [x, target] = samples(20, 6);
      const model = new Linear(2, 3) as Model;
      const trainLoader = new DataLoader(new TensorDataset(x, target), { batchSize: 3 });
      return new Trainer({ model, criterion: weighted, optimizer: new SGD(model.parameters(), { lr: 0.1 }), trainLoader }); // prettier-ignore
    };
    const [whole] = (await make().fit(1)).epochs;
    const first = make();
    for await (const { step } of first.run(1)) if (step === 4) break;
    const second = make();
    await second.load(await first.save());
    expect((await second.fit(1)).epochs[0]?.loss).toBe(whole?.loss);
  });
});

test('a loss without a weight weighs as many as there are samples', async () => {
  const [x, target] = [rand([7, 2]), ones([7, 1])];
  const model = new Linear(2, 1) as Model;
  const loader = new DataLoader(new TensorDataset(x, target), { batchSize: 3 });
  const criterion = (output: Tensor, goal: Tensor): Tensor => output.sub(goal).square().mean();
  const { loss } = await evaluate(loader, { model, criterion });
  expect(loss).toBeCloseTo(criterion(model(x), target).itemSync() as number, 6);
});

test('what is no loss', () => {
  const one = ones([]);
  expect(weighed('Trainer', { loss: one, weight: 0 })).toEqual({ loss: one, weight: 0 });
  expect(() => weighed('Trainer', undefined as never)).toThrow('Trainer: the criterion gave no loss. Let it return a tensor, or { loss, weight }.'); // prettier-ignore
  expect(() => weighed('Trainer', { loss: one, weight: '1' as never })).toThrow(TypeError);
  expect(() => weighed('evaluate', ones([8]))).toThrow('evaluate: the criterion gave a loss of shape [8]. It must be one number: take its mean.'); // prettier-ignore
  expect(() => weighed('Trainer', { loss: one, weight: ones([2]) })).toThrow('a weight of shape [2]. It must be one number: take its sum.'); // prettier-ignore
  for (const weight of [-1, NaN, Infinity]) {
    expect(() => weighed('Trainer', { loss: one, weight })).toThrow(`the criterion gave the weight ${weight}. It must be finite and ≥ 0.`); // prettier-ignore
  }
});
