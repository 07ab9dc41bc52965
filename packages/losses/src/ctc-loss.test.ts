import {
  autograd, defaultDevice, manualSeed, noGrad, randn, record, tensor, useBackend, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { checked, reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ctcLoss, CTCLoss } from './ctc-loss.ts';
import type { Reduction } from './reduction.ts';

beforeEach(async () => {
  await useBackend(checked(reference()));
  manualSeed(0);
});

const reductions: Reduction[] = ['mean', 'sum', 'none'];
const ints = (data: number[] | number[][], shape?: number[]): Tensor =>
  tensor(data, { dtype: 'int32', ...(shape && { shape }) });
const wide = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
const numbers = (x: Tensor | null | undefined): number[] => [...(x as Tensor).dataSync()];
const close = (values: readonly number[]): unknown[] =>
  values.map((v) => (Number.isNaN(v) ? NaN : (expect.closeTo(v, 9) as unknown)));

/** What a path through time says: repeats fall together, then blanks go. */
function said(path: readonly number[], blank: number): string {
  return String(path.filter((c, t) => c !== path[t - 1]).filter((c) => c !== blank));
}

/** The probability of the labels, by adding up every path. */
function byPaths(p: readonly number[][], labels: readonly number[], blank: number): number {
  const walk = (path: number[], probability: number): number => {
    const row = p[path.length];
    if (!row) return said(path, blank) === String(labels) ? probability : 0;
    return row.reduce((sum, share, c) => sum + walk([...path, c], probability * share), 0);
  };
  return walk([], 1);
}

test('is −ln of the sum over all paths that say the labels', () => {
  const problem = fc
    .record({ classes: fc.integer({ min: 1, max: 3 }), times: fc.integer({ min: 0, max: 5 }) })
    .chain(({ classes, times }) =>
      fc.record({
        scores: fc.array(fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: classes, maxLength: classes }), { minLength: times, maxLength: times }),
        blank: fc.integer({ min: 0, max: classes - 1 }),
        labels: fc.array(fc.integer({ min: 0, max: Math.max(0, classes - 2) }), { maxLength: classes === 1 ? 0 : 3 }),
        classes: fc.constant(classes),
      }),
    ); // prettier-ignore
  const property = fc.property(problem, ({ scores, blank, labels: some, classes }) => {
    const labels = some.map((c) => (c >= blank ? c + 1 : c));
    const logits = tensor(scores.flat(), { dtype: 'float64', shape: [scores.length, classes] });
    const logs = logits.logSoftmax(1);
    const probability = byPaths(logs.exp().toArraySync() as number[][], labels, blank);
    const loss = ctcLoss(logs, ints(labels, [labels.length]), scores.length, labels.length, {
      blank,
      reduction: 'none',
    });
    expect(loss.itemSync()).toBeCloseTo(-Math.log(probability), 9);
  });
  expect(() => fc.assert(property, { numRuns: 60 })).not.toThrow();
});

const targets = (): Tensor => ints([[1, 1, 2], [2, 0, 0], [1, 2, 0]]); // prettier-ignore
const lengths = [[6, 3, 4], [3, 1, 2]] as const; // prettier-ignore

describe('through a softmax its gradient is that of the loss', () => {
  const loss = (x: Tensor, reduction: Reduction): Tensor =>
    ctcLoss(x.logSoftmax(2), ints([[1, 1], [2, 0]]), [4, 3], [2, 1], { reduction }); // prettier-ignore

  test.each(reductions)('%s', (reduction) => {
    expect(autograd.gradcheck((x) => loss(x, reduction), [wide(4, 2, 3)])).toBe(true);
  });

  test('of labels that are the blank, too', () => {
    const odd = (x: Tensor): Tensor => ctcLoss(x.logSoftmax(1), ints([1, 0, 2]), 4, 3);
    expect(autograd.gradcheck(odd, [wide(4, 3)])).toBe(true);
  });

  test('and the second derivative, too', () => {
    expect(autograd.gradgradcheck((x) => loss(x, 'mean'), [wide(4, 2, 3)])).toBe(true);
  });
});

test('the gradient that is found along with the loss is the one by recorded operations, also of what is not normalised', () => {
  for (const zeroInfinity of [false, true]) {
    for (const reduction of reductions) {
      const x = wide(5, 3, 3);
      // The second sample is too short for its labels: between equal ones there must be a blank.
      const labels = ints([[1, 2], [2, 2], [1, 2]]); // prettier-ignore
      const loss = ctcLoss(x, labels, [5, 2, 4], [2, 2, 2], { reduction, zeroInfinity });
      const gradOutputs = [randn(loss.shape, { dtype: 'float64' })];
      const again = autograd.grad(loss, x, { gradOutputs, createGraph: true })[0];
      const found = numbers(autograd.grad(loss, x, { gradOutputs })[0]);
      expect(found).toEqual(close(numbers(again)));
      const isOfSecond = (at: number): boolean => Math.floor(at / 3) % 3 === 1;
      const expected = found.filter((_, at) => isOfSecond(at) && at < 2 * 9).map(() => (zeroInfinity ? 0 : NaN));
      expect(found.filter((_, at) => isOfSecond(at) && at < 2 * 9)).toEqual(expected);
      expect(found.filter((_, at) => isOfSecond(at) && at >= 2 * 9)).toEqual(Array.from({ length: 9 }, () => 0));
    }
  }
});

test('a class that cannot be has no gradient, where PyTorch gives NaN', () => {
  const logs = tensor([[-0.7, -0.7, -Infinity], [-0.7, -0.7, -Infinity]], { requiresGrad: true, dtype: 'float64' }); // prettier-ignore
  ctcLoss(logs, ints([1]), 2, 1).backward();
  expect(numbers(logs.grad).filter((_, at) => at % 3 === 2)).toEqual([0, 0]);
  expect(numbers(logs.grad).every(Number.isFinite)).toBe(true);
});

describe('lengths and targets', () => {
  const logs = (): Tensor => randn([6, 3, 3]).logSoftmax(2);

  test('are lists or tensors, padded or one after another', () => {
    const x = logs();
    const expected = numbers(ctcLoss(x, targets(), ...lengths, { reduction: 'none' }));
    const listed = ints([1, 1, 2, 2, 1, 2]);
    const [inputLengths, targetLengths] = lengths.map((list) => ints([...list])) as [Tensor, Tensor];
    for (const labels of [targets(), listed, targets().to('uint8')]) {
      expect(numbers(ctcLoss(x, labels, inputLengths, targetLengths, { reduction: 'none' }))).toEqual(expected);
      expect(numbers(ctcLoss(x, labels, lengths[0], targetLengths.to('uint8'), { reduction: 'none' }))).toEqual(
        expected,
      );
    }
  });

  test('what fills up the targets does not matter', () => {
    const x = logs();
    const filled = ints([[1, 1, 2], [2, -1, 99], [1, 2, 7]]); // prettier-ignore
    expect(ctcLoss(x, filled, ...lengths).itemSync()).toBe(ctcLoss(x, targets(), ...lengths).itemSync());
  });

  test('one sample needs no batch', () => {
    const x = logs();
    const [one] = x.unbind(1) as [Tensor];
    const labels = ints([1, 2]);
    const loss = ctcLoss(one, labels, 5, 2, { reduction: 'none' });
    expect(loss.shape).toEqual([]);
    const batch = ctcLoss(one.unsqueeze(1), labels.unsqueeze(0), [5], [2], { reduction: 'none' });
    expect([batch.shape, batch.itemSync()]).toEqual([[1], loss.itemSync()]);
  });

  test('an input of no steps says nothing', () => {
    const loss = ctcLoss(logs(), targets(), [0, 0, 6], [0, 1, 1], { reduction: 'none' });
    expect(numbers(loss).slice(0, 2).map(Math.abs)).toEqual([0, Infinity]);
  });

  test('the mean is per label', () => {
    const x = logs();
    const each = numbers(ctcLoss(x, targets(), ...lengths, { reduction: 'none' }));
    const mean = each.reduce((sum, loss, k) => sum + loss / Math.max(1, lengths[1][k] ?? 1) / 3, 0);
    expect(ctcLoss(x, targets(), ...lengths).itemSync()).toBeCloseTo(mean, 5);
  });
});

test('stays finite for logits of ±1e4, with its gradient', () => {
  const logits = tensor([[1e4, -1e4, 0], [-1e4, 1e4, 0], [0, 0, 1e4]], { requiresGrad: true }); // prettier-ignore
  const loss = ctcLoss(logits.logSoftmax(1), ints([1, 2]), 3, 2, { reduction: 'sum' });
  loss.backward();
  expect(loss.itemSync()).toBe(0);
  expect(numbers(logits.grad).every(Number.isFinite)).toBe(true);
});

test('float16 is computed in float32', () => {
  const x = randn([6, 3, 3]).logSoftmax(2).to('float16').requiresGrad_();
  const loss = ctcLoss(x, targets(), ...lengths);
  loss.backward();
  expect([loss.dtype, x.grad?.dtype]).toEqual(['float16', 'float16']);
  expect(loss.itemSync()).toBeCloseTo(ctcLoss(x.detach().to('float32'), targets(), ...lengths).itemSync(), 1);
});

describe('what it runs and keeps', () => {
  const run = (times: number, requiresGrad = false): Tensor => {
    const x = randn([times, 3, 3]).requiresGrad_(requiresGrad);
    return ctcLoss(x, targets(), [times, times, times], lengths[1], { reduction: 'sum' });
  };

  test('a longer sequence compiles nothing, and costs one launch a step', () => {
    const programs = (times: number): unknown[] => record(() => run(times)).programs;
    const [few, many] = [programs(8), programs(40)];
    expect(new Set(many)).toEqual(new Set(few));
    expect(many.length - few.length).toBe(32);
  });

  test('with a gradient, two', () => {
    const launches = (times: number): number => record(() => run(times, true).backward()).programs.length;
    expect(launches(40) - launches(8)).toBe(64);
  });

  test('nothing is left behind but the loss, or the loss and its gradient', () => {
    const buffers = (): number => defaultDevice().memory().liveBuffers;
    const left = (fn: () => Tensor): number => {
      const before = buffers();
      const loss = fn();
      expect(loss.numel()).toBe(1);
      return buffers() - before;
    };
    const x = randn([9, 3, 3]);
    const [inputs, labels] = lengths.map((list) => ints([...list])) as [Tensor, Tensor];
    const target = targets();
    for (const reduction of ['mean', 'sum'] as const) {
      expect(left(() => noGrad(() => ctcLoss(x, target, ...lengths, { reduction })))).toBe(1);
      expect(left(() => ctcLoss(x, target, inputs, labels, { reduction }))).toBe(1);
    }
    expect([numbers(inputs), numbers(labels)]).toEqual(lengths);
    const y = x.clone().requiresGrad_();
    const before = buffers();
    ctcLoss(y, target, inputs, labels).backward();
    expect(buffers() - before).toBeLessThan(6);
  });
});

test('the module has the options of the function', () => {
  const x = randn([6, 3, 3]).logSoftmax(2);
  const options = { blank: 2, zeroInfinity: true, reduction: 'none' } as const;
  const labels = ints([[1, 1, 0], [0, 0, 0], [1, 0, 0]]); // prettier-ignore
  expect(numbers(new CTCLoss(options)(x, labels, ...lengths))).toEqual(
    numbers(ctcLoss(x, labels, ...lengths, options)),
  );
  expect(numbers(new CTCLoss()(x, targets(), ...lengths))).toEqual(numbers(ctcLoss(x, targets(), ...lengths)));
});

describe('refuses', () => {
  const x = (): Tensor => randn([6, 3, 3]).logSoftmax(2);

  test('labels out of range', () => {
    const outside = ints([[1, 1, 2], [2, 0, 0], [1, 3, 0]]); // prettier-ignore
    expect(() => ctcLoss(x(), outside, ...lengths)).toThrow(
      'ctcLoss: target 3 at position [2, 1] is out of range for 3 classes. Use 0 … 2.',
    );
    expect(() => ctcLoss(x(), ints([1, 1, 2, 2, 1, -1]), ...lengths)).toThrow(
      'ctcLoss: target -1 at position 5 is out of range for 3 classes.',
    );
  });

  test('lengths that do not fit', () => {
    expect(() => ctcLoss(x(), targets(), [6, 3], lengths[1])).toThrow(
      'ctcLoss: there are 2 inputLengths for 3 samples. Give one each.',
    );
    expect(() => ctcLoss(x(), targets(), lengths[0], 3)).toThrow(
      'ctcLoss: there are 1 targetLengths for 3 samples. Give one each.',
    );
    expect(() => ctcLoss(x(), targets(), [6, 7, 4], lengths[1])).toThrow(
      'ctcLoss: inputLengths[1] is 7, logProbs of shape [6, 3, 3] have 6 steps. Use 0 … 6.',
    );
    expect(() => ctcLoss(x(), targets(), [6, -1, 4], lengths[1])).toThrow(
      'ctcLoss: inputLengths[1] is -1. It must be an integer ≥ 0.',
    );
    expect(() => ctcLoss(x(), targets(), lengths[0], [1, 1.5, 1])).toThrow(
      'ctcLoss: targetLengths[1] is 1.5. It must be an integer ≥ 0.',
    );
    expect(() => ctcLoss(x(), targets(), lengths[0], [3, 4, 1])).toThrow(
      'ctcLoss: targetLengths[1] is 4, the targets have shape [3, 3]. Use 0 … 3.',
    );
    expect(() => ctcLoss(x(), ints([1, 2, 1]), ...lengths)).toThrow(
      'ctcLoss: the targets have shape [3], the targetLengths add up to 6. They must be equal.',
    );
    expect(() => ctcLoss(x(), ints([[1, 2, 1]]), ...lengths)).toThrow(
      'ctcLoss: the targets have shape [1, 3], there are 3 samples. Give one row each, or [sum of targetLengths].',
    );
    expect(() => ctcLoss(x(), targets(), tensor([6, 3, 4]), lengths[1])).toThrow(
      "ctcLoss: the inputLengths are float32. They must be int32 or uint8: convert with `.to('int32')`.",
    );
  });

  test('other shapes, dtypes and options', () => {
    expect(() => ctcLoss(x(), targets().float(), ...lengths)).toThrow('ctcLoss: the target is float32. Class indices are int32 or uint8.');
    expect(() => ctcLoss(x().int(), targets(), ...lengths)).toThrow("ctcLoss: the logProbs is int32. It must be a float: convert with `.to('float32')`.");
    expect(() => ctcLoss(randn([3]), targets(), 1, 1)).toThrow('ctcLoss: logProbs have shape [3]. Use [T, N, C], or [T, C] for one sample.');
    expect(() => ctcLoss(x(), ints([[[1]]] as never), ...lengths)).toThrow('ctcLoss: the targets have shape [1, 1, 1]. Use [N, S] or [sum of targetLengths].');
    expect(() => ctcLoss(x(), targets(), ...lengths, { blank: 3 })).toThrow('ctcLoss: blank is 3, there are 3 classes. Name one of them.');
    expect(() => ctcLoss(x(), targets(), ...lengths, { blank: 0.5 })).toThrow('ctcLoss: blank is 0.5, there are 3 classes.');
    expect(() => ctcLoss(x(), targets(), ...lengths, { reduction: 'max' as 'sum' })).toThrow('ctcLoss: there is no reduction "max".');
  }); // prettier-ignore

  test('lengths on a device that must be awaited', async () => {
    const { readSync: _, ...asynchronous } = await reference().create();
    await useBackend({ ...asynchronous, name: 'far' });
    const length = ints([3, 3, 3]);
    expect(() => ctcLoss(x(), targets(), length, length)).toThrow(
      'ctcLoss: the inputLengths are on the "far" backend, which cannot be read synchronously. Pass `[...(await t.data())]`.',
    );
    const numbersOf = await ctcLoss(x(), targets(), [...(await length.data())], [1, 1, 1]).data();
    expect(numbersOf.length).toBe(1);
  });
});
