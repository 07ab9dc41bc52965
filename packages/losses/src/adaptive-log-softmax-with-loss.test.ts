import { autograd, manualSeed, randn, tensor, useBackend, type Tensor } from '@rushlight/core';
import { checked, reference } from '@rushlight/core/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { AdaptiveLogSoftmaxWithLoss } from './adaptive-log-softmax-with-loss.ts';

beforeEach(async () => {
  await useBackend(checked(reference()));
  manualSeed(0);
});

const ints = (data: number[] | number): Tensor => tensor(data, { dtype: 'int32' });
const numbers = (x: Tensor | null | undefined): number[] => [...(x as Tensor).dataSync()];
const close = (values: readonly number[]): unknown[] => values.map((v) => expect.closeTo(v, 5) as unknown);
const model = (): AdaptiveLogSoftmaxWithLoss =>
  new AdaptiveLogSoftmaxWithLoss(6, 12, [3, 7], { divValue: 2, headBias: true });
const targets = [0, 2, 3, 6, 7, 11];

test('its shapes are PyTorch’s', () => {
  const { head, tail, ...rest } = model();
  expect([rest.cutoffs, rest.shortlistSize, rest.nClusters, rest.headSize]).toEqual([[3, 7, 12], 3, 2, 5]);
  const state = model().stateDict();
  expect(Object.entries(state).map(([key, { shape }]) => `${key} ${String(shape)}`)).toEqual([
    'head.weight 5,6', 'head.bias 5', 'tail.0.0.weight 3,6', 'tail.0.1.weight 4,3', 'tail.1.0.weight 1,6', 'tail.1.1.weight 5,1',
  ]); // prettier-ignore
  expect([head.bias === null, tail.length]).toEqual([false, 2]);
  expect(new AdaptiveLogSoftmaxWithLoss(6, 12, [3]).head.bias).toBeNull();
});

test('the log-probabilities of all classes are those of its targets, and add up to 1', () => {
  const adaptive = model();
  const x = randn([6, 6]);
  const { output, loss } = adaptive(x, ints(targets));
  const all = adaptive.logProb(x);
  expect(all.shape).toEqual([6, 12]);
  const rows = all.toArraySync() as number[][];
  expect(numbers(output)).toEqual(close(targets.map((target, row) => rows[row]?.[target] ?? NaN)));
  expect(numbers(all.exp().sum(1))).toEqual(close(targets.map(() => 1)));
  expect(loss.itemSync()).toBeCloseTo(-output.mean().itemSync(), 6);
  expect(numbers(adaptive.predict(x))).toEqual(numbers(all.max(1).indices));
});

test('predictions are found among the clusters too', () => {
  const adaptive = model();
  for (let k = 0; k < 5; k++) {
    const x = randn([40, 6]).mul(4);
    const expected = numbers(adaptive.logProb(x).max(1).indices);
    expect(numbers(adaptive.predict(x))).toEqual(expected);
  }
});

test('gradients are those of the loss', () => {
  const adaptive = model().to('float64');
  const x = randn([6, 6], { dtype: 'float64', requiresGrad: true });
  const loss = (input: Tensor): Tensor => adaptive(input, ints(targets)).loss;
  expect(autograd.gradcheck(loss, [x])).toBe(true);
  expect(autograd.gradgradcheck(loss, [x])).toBe(true);
});

test('drawing again begins with the head', () => {
  const adaptive = model();
  const before = numbers(adaptive.head.weight);
  manualSeed(0);
  adaptive.resetParameters();
  expect(numbers(adaptive.head.weight)).toEqual(before);
  adaptive.resetParameters();
  expect(numbers(adaptive.tail.at(1).at(0).parameters()[0])).not.toEqual(before);
});

test('no samples have no mean', () => {
  const { output, loss } = model()(randn([0, 6]), tensor([], { dtype: 'int32', shape: [0] }));
  expect([output.shape, loss.itemSync()]).toEqual([[0], NaN]);
});

test('on a device that must be awaited it computes the same', async () => {
  const values = { x: numbers(randn([6, 6])), state: model().stateDict() };
  const host = Object.entries(values.state).map(([key, t]) => [key, numbers(t), t.shape] as const);
  const run = (): Tensor[] => {
    const adaptive = model();
    const state = host.map(([key, data, shape]) => [key, tensor(data, { shape: [...shape] })] as const);
    adaptive.loadStateDict(Object.fromEntries(state));
    const x = tensor(values.x, { shape: [6, 6], requiresGrad: true });
    const { output, loss } = adaptive(x, ints(targets));
    loss.backward();
    return [output, loss, x.grad as Tensor, adaptive.predict(x)];
  };
  const expected = run().map(numbers);
  const { readSync: _, ...asynchronous } = await reference().create();
  await useBackend({ ...asynchronous, name: 'far' });
  const found = await Promise.all(run().map((t) => t.data()));
  expect(found.map((data) => [...data])).toEqual(expected.map(close));
});

describe('refuses', () => {
  const named = 'AdaptiveLogSoftmaxWithLoss';
  test('cutoffs that do not rise from 1 to nClasses - 1', () => {
    for (const cutoffs of [[], [0], [3, 3], [5, 2], [12], [1.5]]) {
      expect(() => new AdaptiveLogSoftmaxWithLoss(6, 12, cutoffs)).toThrow(
        `${named}: the cutoffs are [${cutoffs.join(', ')}]. Give rising integers, each from 1 to 11, which is nClasses - 1.`,
      );
    }
    expect(() => new AdaptiveLogSoftmaxWithLoss(6, 12, [3], { divValue: 0 })).toThrow(
      `${named}: divValue is 0. It must be > 0.`,
    );
  });

  test('targets out of range', () => {
    const [adaptive, x] = [model(), randn([2, 6])];
    expect(() => adaptive(x, ints([1, 12]))).toThrow(
      `${named}: target 12 at position 1 is out of range for 12 classes. Use 0 … 11.`,
    );
    expect(() => adaptive(x, ints([-100, 1]))).toThrow(`${named}: target -100 at position 0`);
    expect(() => adaptive(randn([6]), ints(12))).toThrow(`${named}: target 12 is out of range`);
  });

  test('shapes and dtypes that do not fit', () => {
    const adaptive = model();
    const use = 'Use [N, 6] with [N], or [6] with [].';
    const wrong: [Tensor, Tensor][] = [
      [randn([2, 5]), ints([0, 1])], [randn([3, 6]), ints([0, 1])], [randn([6]), ints([0])], [randn([2, 6]), ints(0)],
    ]; // prettier-ignore
    for (const [x, y] of wrong) expect(() => adaptive(x, y)).toThrow(use);
    expect(() => adaptive(randn([2, 6]), tensor([0, 1]))).toThrow(
      `${named}: the target is float32. Class indices are int32`,
    );
    expect(() => adaptive.logProb(randn([6]))).toThrow('logProb: the input has shape [6]. Use [N, 6].');
    expect(() => adaptive.predict(randn([2, 5]))).toThrow('predict: the input has shape [2, 5]. Use [N, 6].');
  });
});
