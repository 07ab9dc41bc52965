// The gradient that forward writes along with the losses: against the one derived from the loss, and in whose hands it is.

import {
  autograd, checkpoint, defaultDevice, manualSeed, noGrad, ones, rand, randn, record, tensor, tidy, useBackend, zeros,
  type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { checked, reference } from '@rushlight/core/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { crossEntropy, type CrossEntropyOptions } from './cross-entropy.ts';

beforeEach(async () => {
  await useBackend(checked(reference()));
  manualSeed(0);
});

const indices = (data: number[], shape = [data.length]): Tensor => tensor(data, { shape, dtype: 'int32' });
const wide = (shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
const buffers = (): number => defaultDevice().memory().liveBuffers;
const numbers = (x: Tensor | null | undefined): number[] => [...(x as Tensor).dataSync()];
const close = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 10) as unknown);
const isElementwise = (p: { kind: string; outputs?: readonly { per?: string }[] }): boolean =>
  p.outputs?.some((output) => output.per === 'element') === true;

/** The gradient of a loss for a gradient of its own, by the operations that it is defined with. */
const derived = (loss: Tensor, x: Tensor, g?: Tensor): number[] =>
  numbers(autograd.grad(loss, x, { createGraph: true, gradOutputs: [g] })[0]);

const batch = (): { x: Tensor; target: Tensor } => ({ x: wide([3, 4]), target: indices([1, -100, 3]) });

describe('is what the loss says it is:', () => {
  const shapes: [number[], number[]][] = [
    [[4], [2]],
    [
      [3, 4],
      [1, -100, 3],
    ],
    [
      [2, 4, 3],
      [0, 1, 2, 3, -100, 1],
    ],
    [
      [1, 4, 2, 2],
      [3, 3, 0, -100],
    ],
    [
      [3, 1],
      [0, -100, 0],
    ],
  ];
  const options: CrossEntropyOptions[] = (['mean', 'sum', 'none'] as const).flatMap((reduction) => [
    { reduction },
    { reduction, labelSmoothing: 0.3 },
    { reduction, ignoreIndex: 1 },
  ]);
  const cases = shapes.flatMap(([shape, data]) => options.flatMap((o) => [false, true].map((w) => ({ shape, data, o, w })))); // prettier-ignore

  test.each(cases)('$shape $o, weights: $w', ({ shape, data, o, w }) => {
    const [classes = 1] = shape.slice(shape.length === 1 ? 0 : 1);
    const x = wide(shape);
    const target = indices(
      o.ignoreIndex === undefined ? data : data.map((c) => Math.max(c, 0)),
      shape.toSpliced(shape.length === 1 ? 0 : 1, 1),
    );
    const loss = crossEntropy(x, target, { ...o, ...(w && { weight: rand([classes], { dtype: 'float64' }) }) });
    const g = randn(loss.shape, { dtype: 'float64' });
    const expected = derived(loss, x, g);
    loss.backward(g, { retainGraph: true });
    expect(numbers(x.grad)).toEqual(close(expected));
    if (loss.ndim > 0) return;
    const one = derived(loss, x);
    x.grad = null;
    loss.backward();
    expect(numbers(x.grad)).toEqual(close(one));
  });

  test('of logits that are a view in another order', () => {
    const base = wide([4, 3]);
    const target = indices([1, 0, 3]);
    const loss = crossEntropy(base.t(), target);
    const expected = derived(loss, base);
    loss.backward();
    expect(numbers(base.grad)).toEqual(close(expected));
  });

  test('a gradient that is expanded', () => {
    const { x, target } = batch();
    const losses = crossEntropy(x, target, { reduction: 'none' });
    const expected = derived(losses, x, ones([3], { dtype: 'float64' }));
    losses.sum().backward();
    expect(numbers(x.grad)).toEqual(close(expected));
  });
});

test('what is ignored gets no gradient, whatever comes in', () => {
  const { x, target } = batch();
  crossEntropy(x, target, { reduction: 'none' }).sqrt().sum().backward();
  expect(numbers(x.grad).every(Number.isFinite)).toBe(true);
  expect(numbers(x.grad).slice(4, 8)).toEqual([0, 0, 0, 0]);
});

test('float16 keeps the small numbers that a factor of the loss is to save', () => {
  const x = zeros([1, 1000], { dtype: 'float16', requiresGrad: true });
  const target = indices([0]);
  crossEntropy(x, target, { reduction: 'sum' }).mul(1024).backward();
  const one = zeros([1, 1000], { requiresGrad: true });
  crossEntropy(one, target, { reduction: 'sum' }).mul(1024).backward();
  expect(numbers(x.grad?.to('float32'))[1]).toBeCloseTo(numbers(one.grad)[1] ?? NaN, 3);
});

describe('launches', () => {
  const programs = (fn: () => void): readonly { kind: string }[] => record(fn).programs;

  test.each(['mean', 'sum'] as const)('%s: one over the logits, and none for their gradient', (reduction) => {
    const { x, target } = batch();
    const step = programs(() => crossEntropy(x, target, { reduction }).backward());
    expect(step.filter(isElementwise)).toHaveLength(1);
    // Backward's is the 1 that it begins with.
    expect(step).toHaveLength((reduction === 'mean' ? 3 : 2) + 1);
  });

  test('one more where the gradient of the loss is not 1', () => {
    const { x, target } = batch();
    const seed = tensor(3, { dtype: 'float64' });
    const step = programs(() => crossEntropy(x, target).backward(seed));
    expect(step).toHaveLength(3 + 1);
  });

  test('of backward alone, recorded and run again, find the gradient as it was', () => {
    const { x, target } = batch();
    const once = derived(crossEntropy(x, target), x);
    for (const factor of [1, 3]) {
      x.grad = null;
      const loss = crossEntropy(x, target);
      const recording = record(() => {
        loss.backward(tensor(factor, { dtype: 'float64' }));
        noGrad(() => x.grad?.mul_(2));
      });
      for (let times = 0; times < 2; times++) recording.replay();
      expect(numbers(x.grad)).toEqual(close(once.map((value) => value * factor * 2)));
    }
  });

  test('no gradient is written where none is recorded', () => {
    const { x, target } = batch();
    for (const forward of [
      programs(() => void noGrad(() => crossEntropy(x, target))),
      programs(() => void crossEntropy(x.detach(), target)),
    ]) {
      expect(forward).toHaveLength(2);
      expect(forward.some(isElementwise)).toBe(false);
    }
  });
});

describe('the graph', () => {
  test('that is kept gives the same again, whatever came in before', () => {
    const { x, target } = batch();
    const loss = crossEntropy(x, target);
    const once = derived(loss, x);
    const times = (n: number): unknown[] => close(once.map((value) => value * n));
    loss.backward({ retainGraph: true });
    expect(numbers(x.grad)).toEqual(times(1));
    loss.backward({ retainGraph: true });
    expect(numbers(x.grad)).toEqual(times(2));
    loss.backward(tensor(3, { dtype: 'float64' }), { retainGraph: true });
    expect(numbers(x.grad)).toEqual(times(5));
    x.grad?.mul_(2);
    loss.backward();
    expect(numbers(x.grad)).toEqual(times(11));
    expect(() => loss.backward()).toThrow('the graph of CrossEntropyBackward was already used and freed');
  });

  test('a gradient that was given away is not changed by the next backward', () => {
    const { x, target } = batch();
    const loss = crossEntropy(x, target);
    loss.backward({ retainGraph: true });
    const first = x.grad as Tensor;
    const once = numbers(first);
    x.grad = null;
    loss.backward(tensor(2, { dtype: 'float64' }));
    expect(numbers(first)).toEqual(once);
    expect(numbers(x.grad)).toEqual(close(once.map((value) => 2 * value)));
  });

  test('adds to the gradient that is there, and of logits that are used twice', () => {
    const { x, target } = batch();
    const other = indices([0, 2, 2]);
    const a = derived(crossEntropy(x, target), x);
    const b = derived(crossEntropy(x, other), x);
    crossEntropy(x, target).backward();
    crossEntropy(x, other).backward();
    expect(numbers(x.grad)).toEqual(close(a.map((value, k) => value + (b[k] ?? NaN))));
    x.grad = null;
    crossEntropy(x, target).add(crossEntropy(x, other).mul(2)).backward();
    expect(numbers(x.grad)).toEqual(close(a.map((value, k) => value + 2 * (b[k] ?? NaN))));
    x.grad = null;
    const y = x.mul(1);
    y.square().sum().add(crossEntropy(y, target)).backward();
    const values = numbers(x);
    expect(numbers(x.grad)).toEqual(close(a.map((value, k) => value + 2 * (values[k] ?? NaN))));
  });

  test('one loss asked for twice counts twice', () => {
    const { x, target } = batch();
    const loss = crossEntropy(x, target);
    const once = derived(loss, x);
    expect(numbers(autograd.grad([loss, loss], x)[0])).toEqual(close(once.map((value) => 2 * value)));
  });

  test('hooks of the loss change what goes on, and hooks of the logits are called once', () => {
    const { x, target } = batch();
    const once = derived(crossEntropy(x, target), x);
    for (const hook of [(g: Tensor) => g.mul(2), (g: Tensor) => void noGrad(() => g.mul_(2))]) {
      const loss = crossEntropy(x, target);
      loss.registerHook(hook);
      x.grad = null;
      loss.backward();
      expect(numbers(x.grad)).toEqual(close(once.map((value) => 2 * value)));
    }
    for (const createGraph of [false, true]) {
      const y = x.mul(1);
      let calls = 0;
      y.registerHook(() => void calls++);
      crossEntropy(y, target).backward({ createGraph });
      expect(calls).toBe(1);
    }
  });

  test('logits changed since do not matter to the gradient, but to that of the gradient', () => {
    const { x, target } = batch();
    const y = x.mul(1);
    const loss = crossEntropy(y, target);
    const once = derived(loss, y);
    noGrad(() => y.zero_());
    expect(() => autograd.grad(loss, x, { createGraph: true })).toThrow('was changed in place');
    loss.backward();
    expect(numbers(x.grad)).toEqual(close(once));
  });

  test('a leaf that stopped requiring grad gets none', () => {
    for (const createGraph of [false, true]) {
      const { x, target } = batch();
      const loss = crossEntropy(x, target);
      x.requiresGrad = false;
      loss.backward({ createGraph });
      expect(x.grad).toBe(null);
    }
  });

  test('of a part that runs again', () => {
    const { x, target } = batch();
    const once = derived(crossEntropy(x, target), x);
    checkpoint((y: Tensor) => crossEntropy(y, target), x).backward();
    expect(numbers(x.grad)).toEqual(close(once));
  });
});

describe('memory', () => {
  test('a tidy around the step frees all but the gradient of the leaf', () => {
    const { x, target } = batch();
    const once = derived(crossEntropy(x, target), x);
    for (const factor of [1, 2]) {
      x.grad = null;
      const before = buffers();
      tidy(() => crossEntropy(x, target).mul(factor).backward());
      expect(buffers()).toBe(before + 1);
      expect(numbers(x.grad)).toEqual(close(once.map((value) => value * factor)));
      tidy(() => crossEntropy(x, target).backward());
      expect(buffers()).toBe(before + 1);
      expect(numbers(x.grad)).toEqual(close(once.map((value) => value * (factor + 1))));
    }
    x.grad = null;
    tidy(() => crossEntropy(x, target).backward());
    expect(numbers(x.grad)).toEqual(close(once));
  });

  test('a tidy around the loss alone frees the gradient with it', () => {
    const { x, target } = batch();
    const before = buffers();
    tidy(() => void crossEntropy(x, target));
    expect(buffers()).toBe(before);
  });

  test.each(['mean', 'sum', 'none'] as const)('%s: nothing is left of a step', (reduction) => {
    const { x, target } = batch();
    const weight = ones([4], { dtype: 'float64' });
    const seed = ones(reduction === 'none' ? [3] : [], { dtype: 'float64' });
    const before = buffers();
    const loss = crossEntropy(x, target, { reduction, weight });
    expect(buffers()).toBe(before + 2);
    loss.backward(seed);
    loss.dispose();
    expect(buffers()).toBe(before + 1);
    x.grad = null;
    const y = x.mul(1);
    const other = crossEntropy(y, target, { reduction, weight });
    other.backward(seed);
    other.dispose();
    y.dispose();
    x.grad = null;
    expect(buffers()).toBe(before);
  });

  test('a gradient that was spilled comes back', async () => {
    await useBackend(reference({ budget: 4096 }));
    const { x, target } = batch();
    const once = derived(crossEntropy(x, target), x);
    for (const factor of [1, 3]) {
      const loss = crossEntropy(x, target);
      const others = Array.from({ length: 20 }, () => ones([100]));
      expect(defaultDevice().memory().spilledBuffers).toBeGreaterThan(10);
      x.grad = null;
      loss.backward(tensor(factor, { dtype: 'float64' }));
      expect(numbers(x.grad)).toEqual(close(once.map((value) => value * factor)));
      expect(others).toHaveLength(20);
    }
  });
});
