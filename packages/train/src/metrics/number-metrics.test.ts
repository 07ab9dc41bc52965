import { randn, tensor, tidy, useBackend, zeros, type Device, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { mseLoss } from '@rushlight/losses';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { MeanAbsoluteError, MeanSquaredError } from './mean-error.ts';
import { MeanLoss } from './mean-loss.ts';
import type { Metric } from './metric.ts';
import { R2Score, type Multioutput } from './r2-score.ts';
import { RunningTotals } from './running-totals.ts';

/** The reference backend as one that has no float64. */
function narrow() {
  const factory = reference();
  return {
    name: 'narrow',
    async create() {
      const backend = await factory.create();
      const dtypes = backend.limits.dtypes.filter((dtype) => dtype !== 'float64');
      const limits = { ...backend.limits, dtypes };
      const own: Record<PropertyKey, unknown> = { name: 'narrow', limits };
      return new Proxy(backend, { get: (target, key) => own[key] ?? Reflect.get(target, key) });
    },
  };
}

const devices: Record<string, Device> = {};
beforeAll(async () => {
  devices['float32'] = await useBackend(narrow());
  devices['float64'] = await useBackend(reference());
});

const feed = (metric: Metric, batches: readonly (readonly [number[], number[]])[], device: Device): void => {
  for (const [output, target] of batches)
    metric.update(tensor(new Float32Array(output), { device }), tensor(new Float32Array(target), { device }));
};

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const r2 = (output: readonly number[], target: readonly number[]): number => {
  const center = mean(target);
  const spread = target.reduce((a, y) => a + (y - center) ** 2, 0);
  const residual = target.reduce((a, y, k) => a + (y - output[k]!) ** 2, 0);
  return spread === 0 ? (residual === 0 ? 1 : 0) : 1 - residual / spread;
};

/** Numbers of a few digits: squares of small ones would be lost in float32. */
const float = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8);
const pair = fc
  .array(fc.tuple(float, float), { maxLength: 8 })
  .map((rows) => [rows.map(([a]) => a), rows.map(([, b]) => b)] as const);
const batches = fc.array(pair as fc.Arbitrary<[number[], number[]]>, { maxLength: 5 });

/** How far two numbers are apart, where 1 is a few roundings of a device's floats. */
const apart = (found: number, wanted: number, precision: string, scale = Math.abs(wanted)): number =>
  Math.abs(found - wanted) / ((precision === 'float64' ? 1e-12 : 1e-6) * Math.max(scale, 1e-30));

describe.each(['float64', 'float32'])('in %s', (precision) => {
  test('mean errors agree with the host', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        const [output, target] = [given.flatMap(([x]) => x), given.flatMap(([, y]) => y)];
        fc.pre(output.length > 0);
        const [absolute, squared, root] = [
          new MeanAbsoluteError(),
          new MeanSquaredError(),
          new MeanSquaredError({ squared: false }),
        ];
        for (const metric of [absolute, squared, root]) feed(metric, given, devices[precision]!);
        const errors = output.map((x, k) => x - target[k]!);
        const wanted = mean(errors.map((e) => e ** 2));
        expect(apart(await absolute.compute(), mean(errors.map(Math.abs)), precision)).toBeLessThan(1);
        expect(apart(await squared.compute(), wanted, precision)).toBeLessThan(1);
        expect(apart(await root.compute(), Math.sqrt(wanted), precision)).toBeLessThan(1);
      }),
    );
  });

  test('R2Score agrees with the host', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        const [output, target] = [given.flatMap(([x]) => x), given.flatMap(([, y]) => y)];
        fc.pre(output.length > 1);
        const wanted = r2(output, target);
        // Where the targets hardly differ beside their size, the host's own mean is not exact enough.
        fc.pre(Math.max(...target) - Math.min(...target) > 1e-3 * Math.max(...target.map(Math.abs)));
        const score = new R2Score();
        feed(score, given, devices[precision]!);
        expect(apart(await score.compute(), wanted, precision, 10 * (1 + Math.abs(wanted)))).toBeLessThan(1);
      }),
    );
  });

  test('R2Score does not cancel where the mean is large beside the spread, nor where it drifts', async () => {
    const device = devices[precision]!;
    for (const [origin, drift] of [
      [1e6, 0],
      [-3e7, 64],
      [5, 1e5],
    ] as const) {
      const given = Array.from({ length: 40 }, (_, b) => {
        const target = Array.from({ length: 16 }, (_, k) =>
          Math.fround(origin + drift * b + ((k * 7 + b * 3) % 11) * 8),
        );
        return [target.map((y, k) => Math.fround(y + (k % 3) * 4)), target] as [number[], number[]];
      });
      const score = new R2Score();
      feed(score, given, device);
      expect(
        apart(
          1 - (await score.compute()),
          1 -
            r2(
              given.flatMap(([x]) => x),
              given.flatMap(([, y]) => y),
            ),
          precision,
        ),
      ).toBeLessThan(1);
      score.reset();
    }
  });

  test('a hundred thousand small losses are not lost beside their sum', async () => {
    const loss = new MeanLoss(mseLoss);
    const x = tensor(0.1, { device: devices[precision]! });
    for (let k = 0; k < 100_000; k++) loss.add(x, 1);
    expect(apart(await loss.compute(), Math.fround(0.1), precision)).toBeLessThan(1);
  });

  test('infinities and NaN stay what they are', async () => {
    const error = new MeanAbsoluteError();
    for (const value of [1, Infinity, 1]) feed(error, [[[value], [0]]], devices[precision]!);
    expect(await error.compute()).toBe(Infinity);
    feed(error, [[[NaN], [0]]], devices[precision]!);
    expect(await error.compute()).toBeNaN();
  });
});

describe('RunningTotals', () => {
  test('count past what int32 holds', async () => {
    const totals = new RunningTotals();
    const large = tensor([2 ** 30 - 1, 1, 0], { dtype: 'int32' });
    for (let k = 0; k < 9; k++) totals.add([large, large.mul(0)]);
    expect(await totals.read()).toEqual([[9 * (2 ** 30 - 1), 9, 0], [0, 0, 0]]); // prettier-ignore
  });
});

describe('R2Score', () => {
  const matrix = (values: number[][]): Tensor => tensor(values);

  test.each([
    ['uniformAverage', (a: number, b: number) => (a + b) / 2],
    ['varianceWeighted', (a: number, b: number) => (a * 2 + b * 182) / 184],
    ['rawValues', (a: number, b: number) => [a, b]],
  ] as const)('of several outputs: %s', async (multioutput: Multioutput, combine) => {
    const score = new R2Score({ multioutput });
    score.update(matrix([[1, 2], [2, 12]]), matrix([[1, 1], [2, 10]])); // prettier-ignore
    score.update(matrix([[3, 20]]), matrix([[3, 20]]));
    const [first, second] = [r2([1, 2, 3], [1, 2, 3]), r2([2, 12, 20], [1, 10, 20])];
    const spread = r2([0, 0, 0], [1, 10, 20]);
    expect(1 - spread).toBeCloseTo(501 / (501 - 31 ** 2 / 3), 12);
    const wanted = [combine(first, second)].flat();
    const found = [await score.compute()].flat();
    if (multioutput === 'varianceWeighted')
      wanted[0] = (first * 2 + second * (501 - 31 ** 2 / 3)) / (2 + 501 - 31 ** 2 / 3);
    found.forEach((value, d) => expect(value).toBeCloseTo(wanted[d]!, 12));
    expect(found).toHaveLength(wanted.length);
  });

  test('targets that are all equal', async () => {
    const score = new R2Score({ multioutput: 'rawValues' });
    score.update(matrix([[5, 5], [5, 6]]), matrix([[5, 5], [5, 5]])); // prettier-ignore
    const values: number[] = await score.compute();
    expect(values).toEqual([1, 0]);
    const weighted = new R2Score({ multioutput: 'varianceWeighted' });
    weighted.update(matrix([[5, 5], [5, 6]]), matrix([[5, 5], [5, 5]])); // prettier-ignore
    expect(await weighted.compute()).toBe(1 / 2);
  });

  test('refuses what does not fit', async () => {
    const score = new R2Score();
    expect(() => score.update(zeros([2, 3, 1]), zeros([2, 3, 1]))).toThrow(
      'R2Score: the output has shape [2, 3, 1]. Use [N], or [N, D] for D outputs.',
    );
    expect(() => score.update(tensor(1), tensor(1))).toThrow('R2Score: the output has shape [].');
    expect(() => score.update(zeros([2, 0]), zeros([2, 0]))).toThrow('R2Score: the output has shape [2, 0].');
    expect(() => new R2Score({ multioutput: 'raw' as 'rawValues' })).toThrow(
      "R2Score: there is no multioutput \"raw\". Use one of 'uniformAverage', 'varianceWeighted', 'rawValues'.",
    );
    const end = 'Call update(output, target) with some samples before compute().';
    await expect(score.compute()).rejects.toThrow(
      `R2Score: nothing was counted, and the spread of two is needed. ${end}`,
    );
    score.update(zeros([1, 2]), zeros([1, 2]));
    await expect(score.compute()).rejects.toThrow(
      `R2Score: one sample was counted, and the spread of two is needed. ${end}`,
    );
    expect(() => score.update(zeros([4, 3]), zeros([4, 3]))).toThrow(
      'R2Score: the output has shape [4, 3], 3 outputs, and those before had 2. Call reset() in between.',
    );
  });
});

describe('MeanLoss', () => {
  test('weighs batches by their size, with and without a reduction', async () => {
    const given = [[[1, 2, 3], [0, 0, 0]], [[9], [0]]] as [number[], number[]][]; // prettier-ignore
    for (const reduction of ['mean', 'none'] as const) {
      const loss = new MeanLoss((output, target) => mseLoss(output, target, { reduction }));
      feed(loss, given, devices['float64']!);
      expect(await loss.compute()).toBeCloseTo((1 + 4 + 9 + 81) / 4, 5);
    }
  });

  test('counts losses that are there already', async () => {
    const loss = new MeanLoss(mseLoss);
    const x = randn([3], { requiresGrad: true });
    const own = x.square().mean();
    loss.add(own, 3);
    loss.add(tensor(2), 1);
    loss.add(tensor(NaN), 0);
    expect(await loss.compute()).toBeCloseTo((own.itemSync() * 3 + 2) / 4, 6);
    own.backward();
    expect(x.grad).not.toBeNull();
    expect(() => loss.add(own, -0.5)).toThrow(
      'MeanLoss: the weight is -0.5. Pass how many samples the loss is the mean of.',
    );
  });

  test('leaves to the caller what the criterion was given', async () => {
    const loss = new MeanLoss((output) => output);
    const [output, target] = [tensor([1, 3]), zeros([2])];
    loss.update(output, target);
    expect(await loss.compute()).toBe(2);
    expect(output.toArraySync()).toEqual([1, 3]);
  });
});

describe.each([
  ['MeanLoss', () => new MeanLoss(mseLoss)],
  ['MeanAbsoluteError', () => new MeanAbsoluteError()],
  ['MeanSquaredError', () => new MeanSquaredError()],
  ['R2Score', () => new R2Score()],
] as const)('%s', (name, make: () => Metric) => {
  test('refuses to be computed of nothing', async () => {
    const metric = make();
    metric.update(zeros([0]), zeros([0]));
    await expect(metric.compute()).rejects.toThrow(new RegExp(`^${name}: nothing was counted.*Call update`));
    metric.update(zeros([2]), tensor([1, 2]));
    metric.reset();
    await expect(metric.compute()).rejects.toThrow(`${name}: nothing was counted`);
  });

  test('leaves no more behind for more batches, survives tidy, and frees what it has', async () => {
    const device = await useBackend(reference()); // where no garbage of other tests is collected meanwhile
    const metric = make();
    const [output, target] = [randn([4], { requiresGrad: true }).mul(2), randn([4])];
    const buffers = (): number => device.memory().liveBuffers;
    const before = buffers();
    tidy(() => metric.update(output, target));
    const after = buffers();
    for (let k = 0; k < 10; k++) metric.update(output, target);
    expect(buffers()).toBe(after);
    expect(Number.isFinite(await metric.compute())).toBe(true);
    metric.reset();
    expect(buffers()).toBe(before);
  });

  test('refuses tensors of another device', () => {
    const metric = make();
    metric.update(zeros([2]), zeros([2]));
    const [output, target] = [zeros([2], { device: devices['float32']! }), zeros([2], { device: devices['float32']! })];
    expect(() => metric.update(output, target)).toThrow(
      `${name}: the output is on "narrow", and what was counted before on "reference". Call reset() in between.`,
    );
  });
});

test.each([MeanAbsoluteError, MeanSquaredError, R2Score])('%o refuses two shapes', (Kind) => {
  expect(() => new Kind().update(zeros([2, 1]), zeros([2]))).toThrow(
    `${Kind.name}: the output has shape [2, 1], the target [2]. Give them one shape.`,
  );
});
