import { beforeAll, describe, expect, test } from 'vitest';
import * as m from './measure.ts';
import { numeral, parseLogits, range, redistributed } from './numerals.ts';

beforeAll(m.open);

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

describe('the worked example', () => {
  test.each([
    [0, '0.0067'],
    [1, '5.0067'],
  ])('logits [10, 5], target %d: %s', (target, loss) => {
    const steps = m.steps([10, 5], target);
    expect(numeral(steps.loss)).toBe(loss);
    expect(steps.logSum - (steps.shifted[target] ?? NaN)).toBeCloseTo(steps.loss, 6);
    expect(steps.probabilities.map((p) => numeral(p))).toEqual(['0.9933', '0.0067']);
  });

  test('a target that is no class: what the library says of it', () => {
    expect(() => m.steps([10, 5], 2)).toThrow('crossEntropy: target 2 is out of range for 2 classes. Use 0 … 1');
  });
});

describe('one sample', () => {
  const logits = [2, 0.5, -1, 0.5];

  test('its gradient is p − y', () => {
    const { gradient, probabilities } = m.single({ logits, target: 1 });
    expect(gradient).toEqual(probabilities.map((p, k) => expect.closeTo(p - Number(k === 1), 6) as number));
  });

  test('smoothed, soft and at a temperature: (p − q) / T, and a loss of Σ q·(−log p)', () => {
    const q = [0.1, 0.2, 0.3, 0.4];
    const smoothing = 0.2;
    const temperature = 2;
    const { loss, gradient, probabilities, surprisals } = m.single({ logits, target: q, smoothing, temperature });
    const smoothed = q.map((share) => 0.8 * share + 0.05);
    expect(gradient).toEqual(
      probabilities.map((p, k) => expect.closeTo((p - (smoothed[k] ?? 0)) / temperature, 6) as number),
    );
    expect(loss).toBeCloseTo(total(smoothed.map((share, k) => share * (surprisals[k] ?? NaN))), 5);
  });

  test('its weight multiplies it', () => {
    const { loss } = m.single({ logits, target: 1 });
    expect(m.single({ logits, target: 1, weight: [1, 3, 1, 1] }).loss).toBeCloseTo(3 * loss, 5);
  });

  test('descent lowers it', () => {
    const { loss, gradient } = m.single({ logits, target: 2 });
    expect(m.single({ logits: m.descended(logits, gradient, 1), target: 2 }).loss).toBeLessThan(loss);
  });
});

test('cross-entropy is entropy and divergence, of targets with zeros too', () => {
  for (const q of [[0.25, 0, 0.75], [1, 0, 0], [0.2, 0.3, 0.5]]) {
    const { crossEntropy, entropy, divergence } = m.parts([0.2, 0.3, 0.5], q);
    expect(entropy).toBeCloseTo(-total(q.map((share) => (share > 0 ? share * Math.log(share) : 0))), 6);
    expect(entropy + divergence).toBeCloseTo(crossEntropy, 5);
  }
}); // prettier-ignore

test('a batch: the weighted mean, what is ignored, and NaN where nothing is left', () => {
  const logits = [[2, 1, -1], [0.5, 2.5, 0], [1, 1, 0]]; // prettier-ignore
  const { each, mean, sum, gradients } = m.batch({
    logits,
    targets: [0, 2, -100],
    weight: [1, 1, 3],
    ignoreIndex: -100,
  });
  expect(mean).toBeCloseTo(total(each) / 4, 5);
  expect(sum).toBeCloseTo(total(each), 5);
  expect(gradients.map((row) => row.length)).toEqual([3, 3, 3]);
  expect(gradients[2]).toEqual([0, 0, 0]);
  expect(m.batch({ logits, targets: [-100, -100, -100], weight: [1, 1, 1], ignoreIndex: -100 }).mean).toBeNaN();
});

describe('along a line', () => {
  const ts = range(0, 1, 21);

  test('cross-entropy never lies above its chord, and its second derivative is never negative', () => {
    for (let seed = 0; seed < 10; seed++) {
      const [a, b] = m.ends(seed, 3);
      const values = m.along('crossEntropy', a, b, 0, ts);
      const [first = NaN, last = NaN] = [values[0], values.at(-1)];
      values.forEach((value, k) => expect(value).toBeLessThanOrEqual(first + (last - first) * (ts[k] ?? 0) + 1e-5));
      expect(m.alongAt('crossEntropy', a, b, 0, 0.3).second).toBeGreaterThanOrEqual(-1e-6);
    }
  });

  test('the second derivative is the variance of the direction under softmax', () => {
    const [a, b] = [[1, 0, -1], [0, 2, 1]]; // prettier-ignore
    const way = b.map((value, k) => value - (a[k] ?? 0));
    const { probabilities: p } = m.single({ logits: a, target: 0 });
    const mean = total(way.map((d, k) => d * (p[k] ?? 0)));
    const variance = total(way.map((d, k) => (d - mean) ** 2 * (p[k] ?? 0)));
    expect(m.alongAt('crossEntropy', a, b, 0, 0).second).toBeCloseTo(variance, 4);
  });

  test('the squared error of softmax does, from the ends that are shown first or some after', () => {
    const crossings = range(1, 6, 6).filter((seed) => {
      const values = m.along('squaredError', ...m.ends(seed, 3), 0, ts);
      const [first = NaN, last = NaN] = [values[0], values.at(-1)];
      return values.some((value, k) => value > first + (last - first) * (ts[k] ?? 0) + 1e-3);
    });
    expect(crossings.length).toBeGreaterThan(0);
  });
});

test('where the model is sure and wrong, cross-entropy pulls, and the squared error does not', () => {
  expect(m.pulls('crossEntropy', [-8, 0], 0)).toEqual([expect.closeTo(-1, 2), expect.closeTo(-0.5, 5)]);
  expect(Math.abs(m.pulls('squaredError', [-8], 0)[0] ?? NaN)).toBeLessThan(0.01);
});

test('of the ways to compute the loss one alone survives large logits', () => {
  const at = (way: m.Way): number => m.byWay(way, [120, 0], 1).loss;
  expect(at('naive')).toBe(Infinity);
  expect(m.byWay('naive', [120, 0], 0).loss).toBeNaN();
  expect(at('softmax')).toBe(Infinity);
  expect(at('twice')).toBeCloseTo(1.3133, 4);
  expect(m.byWay('fused', [120, 0], 1)).toEqual({ loss: 120, gradient: [1, -1] });
});

test('one logit is as good as two, shifted or not', () => {
  for (const target of [0, 1]) {
    const { one, two, sigmoid, softmax } = m.binary(1.5, target, -7);
    expect(two).toBeCloseTo(one, 5);
    expect(softmax).toBeCloseTo(sigmoid, 6);
  }
});

test('a guess costs log C', () => {
  expect(m.guess(10)).toBeCloseTo(Math.log(10), 5);
  expect(m.guess(50257)).toBeCloseTo(Math.log(50257), 4);
});

describe('what is typed', () => {
  test('logits', () => {
    expect(parseLogits('10, 5')).toEqual({ values: [10, 5] });
    expect(parseLogits(' −2.5 1e3,0 ')).toEqual({ values: [-2.5, 1000, 0] });
    expect(parseLogits('10\uff0c5\u30011')).toEqual({ values: [10, 5, 1] });
  });

  test('and what is none', () => {
    expect(parseLogits('')).toEqual({ wrong: 'count' });
    expect(parseLogits('1')).toEqual({ wrong: 'count' });
    expect(parseLogits('1,2,3,4,5,6,7,8,9')).toEqual({ wrong: 'count' });
    expect(parseLogits('10, five, 1e99')).toEqual({ wrong: ['five', '1e99'] });
  });

  test('numerals', () => {
    expect([0, -0.00001, 123456, NaN, -Infinity, undefined].map((value) => numeral(value))).toEqual(
      ['0.0000', '−1.0e−5', '1.2e5', 'NaN', '−∞', '…'], // prettier-ignore
    );
  });
});

test('a distribution of which one part is moved still adds up to 1', () => {
  expect(redistributed([0.5, 0.3, 0.2], 0, 0)).toEqual([0, expect.closeTo(0.6), expect.closeTo(0.4)]);
  expect(redistributed([1, 0, 0], 0, 0.5)).toEqual([0.5, 0.25, 0.25]);
});
