import { enableGrad, openBackend, randn, tensor, tidy, useBackend, zeros, type Tensor } from '@rushlight/core';
import { nullBackend, reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Accuracy, TopKAccuracy } from './accuracy.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import type { Metric } from './metric.ts';
import { F1Score, Precision, Recall, type Average } from './precision-recall.ts';

beforeAll(() => useBackend(reference()));

const ints = (values: number[], shape = [values.length]): Tensor => tensor(values, { shape, dtype: 'int32' });
/** Logits whose largest are these classes. */
const saying = (classes: number, said: number[]): Tensor =>
  tensor(said.map((one) => Array.from({ length: classes }, (_, c) => (c === one ? 2 : -c))));

/** Batches of logits, few of which differ, and targets, -100 among them. */
const batches = fc.integer({ min: 1, max: 5 }).chain((classes) => {
  const row = fc.record({
    logits: fc.array(fc.constantFrom(-Infinity, -1, 0, 0.5, 1, NaN), { minLength: classes, maxLength: classes }),
    target: fc.constantFrom(-100, ...Array.from({ length: classes }, (_, c) => c)),
  });
  return fc.record({
    classes: fc.constant(classes),
    batches: fc.array(fc.array(row, { maxLength: 6 }), { maxLength: 4 }),
  });
});

interface Sample {
  readonly logits: number[];
  readonly target: number;
}

function feed(metric: Metric, classes: number, given: readonly (readonly Sample[])[]): void {
  for (const batch of given) {
    const logits = tensor(new Float32Array(batch.flatMap((one) => one.logits)), { shape: [batch.length, classes] });
    metric.update(logits, ints(batch.map(({ target }) => target)));
  }
}

/** Classes in the order of their logits, largest first; NaN before all, of equal ones the first. */
function ranked(logits: readonly number[]): number[] {
  const key = (x: number): number => (Number.isNaN(x) ? 2 : x === -Infinity ? -2 : x);
  return logits.map((_, c) => c).toSorted((a, b) => key(logits[b]!) - key(logits[a]!) || a - b);
}

const counted = (given: readonly (readonly Sample[])[]): Sample[] =>
  given.flat().filter(({ target }) => target !== -100);
const share = (hits: readonly boolean[]): number => hits.filter(Boolean).length / hits.length;

describe('Accuracy and TopKAccuracy', () => {
  test('agree with the host', async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 5 }), async ({ classes, batches: given }, depth) => {
        const samples = counted(given);
        fc.pre(samples.length > 0);
        const k = Math.min(depth, classes);
        const [first, top] = [new Accuracy(), new TopKAccuracy(k)];
        for (const metric of [first, top]) feed(metric, classes, given);
        expect(await first.compute()).toBe(share(samples.map(({ logits, target }) => ranked(logits)[0] === target)));
        expect(await top.compute()).toBe(
          share(samples.map(({ logits, target }) => ranked(logits).slice(0, k).includes(target))),
        );
      }),
    );
  });

  test('take extra dims, a single sample, views, uint8 targets and other dtypes', async () => {
    const accuracy = new Accuracy();
    const logits = randn([2, 3, 4, 5]);
    const best = logits.argmax(1);
    accuracy.update(logits, best);
    accuracy.update(logits.half(), best.to('uint8').to('int32'));
    expect(await accuracy.compute()).toBe(1);
    accuracy.update(tensor([1, 3, 2]), tensor(1, { dtype: 'int32' }));
    accuracy.update(tensor([[1, 0], [0, 1]]).t(), tensor([1, 1], { dtype: 'uint8' })); // prettier-ignore
    expect(await accuracy.compute()).toBeCloseTo((2 * 40 + 2) / (2 * 40 + 3), 12);
  });

  test('ignore another target where they are told to', async () => {
    const accuracy = new Accuracy({ ignoreIndex: 0 });
    accuracy.update(saying(3, [1, 2, 1]), ints([0, 2, 2]));
    expect(await accuracy.compute()).toBe(1 / 2);
  });

  test('begin anew after reset, and may be asked in between', async () => {
    const top = new TopKAccuracy(2);
    top.update(tensor([[3, 2, 1]]), ints([2]));
    expect(await top.compute()).toBe(0);
    top.update(tensor([[3, 2, 1]]), ints([1]));
    expect(await top.compute()).toBe(1 / 2);
    const asked = top.compute();
    top.reset();
    expect(await asked).toBe(1 / 2);
    await expect(top.compute()).rejects.toThrow(
      'TopKAccuracy: nothing was counted. Call update(output, target) with some samples before compute().',
    );
    top.update(tensor([[3, 2, 1]]), ints([0]));
    expect(await top.compute()).toBe(1);
  });

  test('refuse a k or an ignoreIndex that cannot be', () => {
    expect(() => new TopKAccuracy(0)).toThrow(
      'TopKAccuracy: k should be a positive integer, but is 0. Pass an integer >= 1.',
    );
    expect(() => new TopKAccuracy(1.5)).toThrow('but is 1.5');
    expect(() => new TopKAccuracy(4).update(zeros([1, 3]), ints([0]))).toThrow(
      'TopKAccuracy: k is 4, and the output has 3 classes. Use a smaller k.',
    );
    expect(() => new Accuracy({ ignoreIndex: 0.5 })).toThrow('Accuracy: ignoreIndex is 0.5. It must be an int32');
  });
});

describe('ConfusionMatrix', () => {
  test('agrees with the host', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async ({ classes, batches: given }) => {
        const samples = counted(given);
        fc.pre(samples.length > 0);
        const matrix = new ConfusionMatrix(classes);
        feed(matrix, classes, given);
        const expected = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
        for (const { logits, target } of samples) expected[target]![ranked(logits)[0]!]!++;
        expect(await matrix.compute()).toEqual(expected);
      }),
    );
  });

  test('has targets as rows and outputs as columns', async () => {
    const matrix = new ConfusionMatrix(3);
    matrix.update(saying(3, [0, 1, 1, 2]), ints([0, 0, 1, 0]));
    expect(await matrix.compute()).toEqual([[1, 1, 1], [0, 1, 0], [0, 0, 0]]); // prettier-ignore
  });

  test('refuses another number of classes', () => {
    expect(() => new ConfusionMatrix(3).update(zeros([2, 4]), ints([0, 1]))).toThrow(
      'ConfusionMatrix: the output has shape [2, 4], 4 classes, and the matrix 3. Make it with new ConfusionMatrix(4).',
    );
    for (const classes of [0, 1.5, 50_000])
      expect(() => new ConfusionMatrix(classes)).toThrow(
        `ConfusionMatrix: classes is ${classes}. Pass an integer from 1`,
      );
  });
});

describe('Precision, Recall and F1Score', () => {
  const kinds = { Precision, Recall, F1Score };

  /** As scikit-learn does with zero_division=0 and the labels that occur. */
  function expected(
    kind: keyof typeof kinds,
    average: Average,
    classes: number,
    samples: readonly Sample[],
  ): number | number[] {
    const pairs = samples.map(({ logits, target }) => [ranked(logits)[0]!, target] as const);
    const divide = (a: number, b: number): number => (b === 0 ? 0 : a / b);
    const ratio = (right: number, told: number, present: number): number => {
      const [precision, recall] = [divide(right, told), divide(right, present)];
      if (kind === 'F1Score') return divide(2 * precision * recall, precision + recall);
      return kind === 'Precision' ? precision : recall;
    };
    const rows = Array.from({ length: classes }, (_, c) => {
      const right = pairs.filter(([a, b]) => a === c && b === c).length;
      const [told, present] = [0, 1].map((side) => pairs.filter((pair) => pair[side as 0 | 1] === c).length) as [
        number,
        number,
      ];
      return { value: ratio(right, told, present), right, told, present };
    });
    const n = pairs.length;
    if (average === 'none') return rows.map(({ value }) => value);
    if (average === 'micro')
      return ratio(
        rows.reduce((a, { right }) => a + right, 0),
        n,
        n,
      );
    if (average === 'weighted') return rows.reduce((a, { value, present }) => a + (value * present) / n, 0);
    const known = rows.filter(({ told, present }) => told + present > 0);
    return known.reduce((a, { value }) => a + value, 0) / known.length;
  }

  test.each(Object.keys(kinds) as (keyof typeof kinds)[])('%s agrees with its formula', async (kind) => {
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.constantFrom<Average>('macro', 'micro', 'weighted', 'none'),
        async ({ classes, batches: given }, average) => {
          const samples = counted(given);
          fc.pre(samples.length > 0);
          const metric = new kinds[kind]({ average });
          feed(metric, classes, given);
          const [found, wanted] = [await metric.compute(), expected(kind, average, classes, samples)].map((x) =>
            [x].flat(),
          );
          expect(found).toHaveLength(wanted!.length);
          found!.forEach((value, c) => expect(value).toBeCloseTo(wanted![c]!, 12));
        },
      ),
    );
  });

  // sklearn.metrics.precision_recall_fscore_support([0, 1, 2, 0, 1, 2, 2], [0, 2, 1, 0, 0, 1, 2], average=…, zero_division=0)
  test.each([
    ['macro', [5 / 9, 4 / 9, (4 / 5 + 0 + 2 / 5) / 3]],
    ['micro', [3 / 7, 3 / 7, 3 / 7]],
    ['weighted', [((2 / 3) * 2 + (1 / 2) * 3) / 7, 3 / 7, ((4 / 5) * 2 + (2 / 5) * 3) / 7]],
  ] as const)('by hand: %s', async (average, [, recall, f1]) => {
    const given = [saying(4, [0, 2, 1, 0, 0, 1, 2]), ints([0, 1, 2, 0, 1, 2, 2])] as const;
    const values = [new Recall({ average }), new F1Score({ average })].map(async (metric) => {
      metric.update(...given);
      return metric.compute();
    });
    const [foundRecall, foundF1] = await Promise.all(values);
    expect(foundRecall).toBeCloseTo(recall, 12);
    expect(foundF1).toBeCloseTo(f1, 12);
  });

  test('give a number, or one per class: types and values', async () => {
    const each = new Precision({ average: 'none' });
    each.update(saying(4, [0, 0, 1]), ints([0, 1, 1]));
    const list: number[] = await each.compute();
    expect(list).toEqual([1 / 2, 1, 0, 0]);
    const mean = new Recall();
    mean.update(saying(4, [0, 0, 1]), ints([0, 1, 1]));
    const value: number = await mean.compute();
    expect(value).toBe(3 / 4);
  });

  test('refuse what does not fit', () => {
    expect(() => new F1Score({ average: 'binary' as 'macro' })).toThrow(
      "F1Score: there is no average \"binary\". Use one of 'macro', 'micro', 'weighted', 'none'.",
    );
    const recall = new Recall();
    recall.update(zeros([1, 3]), ints([0]));
    expect(() => recall.update(zeros([1, 4]), ints([0]))).toThrow(
      'Recall: the output has shape [1, 4], 4 classes, and those before had 3. Call reset() in between.',
    );
    recall.reset();
    recall.update(zeros([1, 4]), ints([0]));
  });
});

describe.each([
  ['Accuracy', () => new Accuracy()],
  ['TopKAccuracy', () => new TopKAccuracy(2)],
  ['ConfusionMatrix', () => new ConfusionMatrix(3)],
  ['Precision', () => new Precision()],
  ['Recall', () => new Recall({ average: 'none' })],
  ['F1Score', () => new F1Score({ average: 'micro' })],
] as const)('%s', (name, make: () => Metric) => {
  test('refuses what are no logits and classes', () => {
    const update = (output: Tensor, target: Tensor) => () => make().update(output, target);
    expect(update(zeros([2, 3], { dtype: 'int32' }), ints([0, 0]))).toThrow(
      `${name}: the output is int32. It must be logits: convert with \`.to('float32')\`.`,
    );
    expect(update(zeros([2, 0]), ints([0, 0]))).toThrow(`${name}: the output of shape [2, 0] has no classes.`);
    expect(update(tensor(1), tensor(1, { dtype: 'int32' }))).toThrow(`${name}: the output of shape [] has no classes.`);
    expect(update(zeros([2, 3]), ints([0, 0, 0]))).toThrow(
      `${name}: the output has shape [2, 3], the target [3]. Class indices for this output have shape [2].`,
    );
    expect(update(zeros([2, 3]), zeros([2]))).toThrow(
      `${name}: the target is float32. Class indices are int32 or uint8: convert with \`.to('int32')\`.`,
    );
    expect(update(zeros([2, 3]), ints([0, 3]))).toThrow(
      `${name}: target 3 at position 1 is out of range for 3 classes. Use 0 … 2, or -100 for what shall be ignored.`,
    );
    expect(update(zeros([2, 3, 2]), ints([0, 0, -1, 0], [2, 2]))).toThrow(
      'target -1 at position [1, 0] is out of range',
    );
    expect(update(zeros([3]), tensor(7, { dtype: 'int32' }))).toThrow('target 7 is out of range');
  });

  test('refuses to be computed of nothing', async () => {
    const metric = make();
    await expect(metric.compute()).rejects.toThrow(`${name}: nothing was counted. Call update(output, target)`);
    metric.update(zeros([0, 3]), ints([]));
    metric.update(zeros([2, 3]), ints([-100, -100]));
    await expect(metric.compute()).rejects.toThrow(`${name}: nothing was counted.`);
  });

  test('leaves no more behind for more batches, survives tidy, and frees what it has', async () => {
    const device = await useBackend(reference()); // where no garbage of other tests is collected meanwhile
    const metric = make();
    const [output, target] = [enableGrad(() => randn([4, 3], { requiresGrad: true }).mul(2)), ints([0, 1, 2, 1])];
    const buffers = (): number => device.memory().liveBuffers;
    const before = buffers();
    tidy(() => metric.update(output, target));
    const after = buffers();
    for (let k = 0; k < 10; k++) metric.update(output, target);
    expect(buffers()).toBe(after);
    expect(after - before).toBeLessThanOrEqual(4);
    metric.reset();
    expect(buffers()).toBe(before);
  });

  test('refuses tensors of another device', async () => {
    const metric = make();
    metric.update(zeros([1, 3]), ints([0]));
    const device = await openBackend(nullBackend());
    expect(() => metric.update(zeros([1, 3], { device }), tensor([0], { dtype: 'int32', device }))).toThrow(
      `${name}: the output is on "${device.name}", and what was counted before on "reference". Call reset() in between.`,
    );
  });

  test('a batch that is refused changes nothing', async () => {
    const [metric, other] = [make(), make()];
    for (const one of [metric, other]) one.update(saying(3, [0, 2]), ints([0, 1]));
    expect(() => metric.update(saying(3, [0, 2]), ints([0, 9]))).toThrow('target 9');
    expect(await metric.compute()).toEqual(await other.compute());
  });
});
